/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the two halves of the configuration interface share: netlink.c has the
 * family and changes, netlink_dump.c tells.
 */
#ifndef WG_NETLINK_DUMP_H
#define WG_NETLINK_DUMP_H

#include <net/genetlink.h>
#include "device.h"

/* netlink.c */
extern struct genl_family wg_netlink_family;
extern const struct compat_nla_level wg_device_levels[];
struct wg_device *wg_netlink_find(struct net *net, struct nlattr **attrs,
				  struct netlink_ext_ack *extack);

/* netlink_dump.c, the three callbacks of WG_CMD_GET_DEVICE */
int wg_netlink_dump_start(struct netlink_callback *cb);
int wg_netlink_dump(struct sk_buff *skb, struct netlink_callback *cb);
int wg_netlink_dump_done(struct netlink_callback *cb);

#endif
