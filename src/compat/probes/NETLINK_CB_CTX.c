// SPDX-License-Identifier: GPL-2.0
/* Does struct netlink_callback have ctx and extack? In 5.4, not in 4.19; else args, and no messages. */
#include <linux/netlink.h>

void *probe_NETLINK_CB_CTX(struct netlink_callback *cb);
void *probe_NETLINK_CB_CTX(struct netlink_callback *cb)
{
	struct netlink_ext_ack *extack = cb->extack;

	return extack ? (void *)cb->ctx : NULL;
}
