// SPDX-License-Identifier: GPL-2.0
/* Does genl_dumpit_info() have the attributes? In 5.10, not in 5.4; else .start parses its request. */
#include <net/genetlink.h>

struct nlattr **probe_GENL_DUMPIT_INFO(struct netlink_callback *cb);
struct nlattr **probe_GENL_DUMPIT_INFO(struct netlink_callback *cb)
{
	return genl_dumpit_info(cb)->attrs;
}
