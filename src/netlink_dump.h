/* SPDX-License-Identifier: GPL-2.0 */
/*
 * WG_CMD_GET_DEVICE: dumps a device, its peers and their allowed IPs.
 */
#ifndef WG_NETLINK_DUMP_H
#define WG_NETLINK_DUMP_H

#include <net/genetlink.h>

/*
 * The three callbacks of the dump. start finds the device and allocates the state: 0 or an
 * error. dump builds the next message: its length, 0 after the last one, or an error. done frees
 * the state.
 */
int wg_netlink_dump_start(struct netlink_callback *cb);
int wg_netlink_dump(struct sk_buff *skb, struct netlink_callback *cb);
int wg_netlink_dump_done(struct netlink_callback *cb);

#endif
