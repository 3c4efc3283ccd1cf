// SPDX-License-Identifier: GPL-2.0
/* Is there genl_dumpit_info()? In 5.10, not in 5.4; else a dump parses its request. */
#include <net/genetlink.h>

const struct genl_dumpit_info *probe_GENL_DUMPIT_INFO(struct netlink_callback *cb);
const struct genl_dumpit_info *probe_GENL_DUMPIT_INFO(struct netlink_callback *cb)
{
	return genl_dumpit_info(cb);
}
