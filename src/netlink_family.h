/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of the configuration interface share: the generic netlink family and
 * its policies. netlink.c adds the operations, which are in netlink_set.c and
 * netlink_dump.c.
 */
#ifndef WG_NETLINK_FAMILY_H
#define WG_NETLINK_FAMILY_H

#include <linux/wireguard.h>
#include <net/genetlink.h>
#include "device.h"

extern struct genl_family wg_netlink_family;
extern const struct nla_policy wg_device_policy[WGDEVICE_A_MAX + 1];
extern const struct nla_policy wg_peer_policy[WGPEER_A_MAX + 1];
extern const struct nla_policy wg_allowedip_policy[WGALLOWEDIP_A_MAX + 1];

/* For kernels whose own parser does not go down to the last attribute. */
extern const struct compat_nla_level wg_device_levels[];

/*
 * wg_netlink_find - the device that a request is about
 * @net: where to look for it
 * @attrs: of the request
 * @extack: is told what was wrong
 *
 * Under RTNL. Return: the device; -EBADR, -ENODEV or -EOPNOTSUPP as the header of
 * the interface tells.
 */
struct wg_device *wg_netlink_find(struct net *net, struct nlattr **attrs,
				  struct netlink_ext_ack *extack);

#endif
