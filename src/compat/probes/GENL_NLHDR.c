// SPDX-License-Identifier: GPL-2.0
/* Does genlmsg_nlhdr() take the header alone? Since 4.15; else our own. */
#include <net/genetlink.h>

struct nlmsghdr *probe_GENL_NLHDR(void *header, struct netlink_callback *cb);
struct nlmsghdr *probe_GENL_NLHDR(void *header, struct netlink_callback *cb)
{
	genl_dump_check_consistent(cb, header);
	return genlmsg_nlhdr(header);
}
