/* SPDX-License-Identifier: GPL-2.0 */
/*
 * WG_CMD_GET_DEVICE.
 */
#ifndef WG_NETLINK_DUMP_H
#define WG_NETLINK_DUMP_H

#include <net/genetlink.h>

/* The three callbacks of the dump. */
int wg_netlink_dump_start(struct netlink_callback *cb);
int wg_netlink_dump(struct sk_buff *skb, struct netlink_callback *cb);
int wg_netlink_dump_done(struct netlink_callback *cb);

#endif
