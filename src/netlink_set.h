/* SPDX-License-Identifier: GPL-2.0 */
/*
 * WG_CMD_SET_DEVICE: configures a device.
 */
#ifndef WG_NETLINK_SET_H
#define WG_NETLINK_SET_H

#include <net/genetlink.h>

/* The doit callback. Wipes all keys in the request, also on error. */
int wg_netlink_set(struct sk_buff *skb, struct genl_info *info);

#endif
