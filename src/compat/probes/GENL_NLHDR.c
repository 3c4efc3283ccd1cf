// SPDX-License-Identifier: GPL-2.0
/* Does genlmsg_nlhdr() take only the header? Since 4.15; else a shim. */
#include <net/genetlink.h>

struct nlmsghdr *probe_GENL_NLHDR(void *header, struct netlink_callback *cb);
struct nlmsghdr *probe_GENL_NLHDR(void *header, struct netlink_callback *cb)
{
	genl_dump_check_consistent(cb, header);
	return genlmsg_nlhdr(header);
}
