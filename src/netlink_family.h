/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Shared by the files of the configuration interface: the generic netlink family and its
 * policies. netlink.c adds the operations, which are in netlink_set.c and netlink_dump.c.
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

/* For compat_genl_check(), on kernels whose parser does not validate nested attributes. */
extern const struct compat_nla_level wg_device_levels[];

/*
 * wg_netlink_find - find the device that a request names
 * @net: the namespace of the device
 * @attrs: of the request
 * @extack: gets the message if the call fails
 *
 * Under RTNL. Return: the device; or -EBADR, -ENODEV or -EOPNOTSUPP: see uapi/linux/wireguard.h.
 */
struct wg_device *wg_netlink_find(struct net *net, struct nlattr **attrs,
				  struct netlink_ext_ack *extack);

#endif
