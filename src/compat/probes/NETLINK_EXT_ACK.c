// SPDX-License-Identifier: GPL-2.0
/* Is there struct netlink_ext_ack, and do the parsers take one? Since 4.12; else no messages. */
/* stays: the tests expect messages on a kernel that has them */
#include <net/genetlink.h>

int probe_NETLINK_EXT_ACK(struct nlattr **attrs, const struct nlattr *nest, struct genl_info *info);
int probe_NETLINK_EXT_ACK(struct nlattr **attrs, const struct nlattr *nest, struct genl_info *info)
{
	NL_SET_ERR_MSG(info->extack, "text");
	NL_SET_ERR_MSG_ATTR(info->extack, nest, "text");
	return nla_parse_nested(attrs, 1, nest, NULL, info->extack);
}
