// SPDX-License-Identifier: GPL-2.0
/* Does genl_dumpit_info() have a struct genl_info? In 6.12, not in 6.1; else GENL_DUMPIT_INFO. */
#include <net/genetlink.h>

struct nlattr **probe_GENL_DUMP_INFO(struct netlink_callback *cb);
struct nlattr **probe_GENL_DUMP_INFO(struct netlink_callback *cb)
{
	return genl_dumpit_info(cb)->info.attrs;
}
