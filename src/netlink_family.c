// SPDX-License-Identifier: GPL-2.0
/*
 * The generic netlink family "wireguard" without its operations, and the lookup of a device
 * that both operations need.
 */
#include "netlink_family.h"

#include <linux/in.h>
#include <linux/in6.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/wireguard.h>
#include "device_ops.h"
#include "messages.h"

const struct nla_policy wg_allowedip_policy[WGALLOWEDIP_A_MAX + 1] = {
	[WGALLOWEDIP_A_FAMILY] = { .type = NLA_U16 },
	[WGALLOWEDIP_A_IPADDR] = NLA_POLICY_RANGE(NLA_BINARY, sizeof(struct in_addr),
						  sizeof(struct in6_addr)),
	[WGALLOWEDIP_A_CIDR_MASK] = { .type = NLA_U8 },
	[WGALLOWEDIP_A_FLAGS] = { .type = NLA_U32 },
};

/* Attributes that only a dump contains are accepted in a request, and ignored. */
const struct nla_policy wg_peer_policy[WGPEER_A_MAX + 1] = {
	[WGPEER_A_PUBLIC_KEY] = NLA_POLICY_EXACT_LEN(WG_KEY_LEN),
	[WGPEER_A_PRESHARED_KEY] = NLA_POLICY_EXACT_LEN(WG_KEY_LEN),
	[WGPEER_A_FLAGS] = { .type = NLA_U32 },
	[WGPEER_A_ENDPOINT] = NLA_POLICY_RANGE(NLA_BINARY, sizeof(struct sockaddr_in),
					       sizeof(struct sockaddr_in6)),
	[WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL] = { .type = NLA_U16 },
	[WGPEER_A_LAST_HANDSHAKE_TIME] = NLA_POLICY_EXACT_LEN(sizeof(struct __kernel_timespec)),
	[WGPEER_A_RX_BYTES] = { .type = NLA_U64 },
	[WGPEER_A_TX_BYTES] = { .type = NLA_U64 },
	[WGPEER_A_ALLOWEDIPS] = NLA_POLICY_NESTED_ARRAY(wg_allowedip_policy),
	[WGPEER_A_PROTOCOL_VERSION] = { .type = NLA_U32 },
};

const struct nla_policy wg_device_policy[WGDEVICE_A_MAX + 1] = {
	[WGDEVICE_A_IFINDEX] = { .type = NLA_U32 },
	[WGDEVICE_A_IFNAME] = { .type = NLA_NUL_STRING, .len = IFNAMSIZ - 1 },
	[WGDEVICE_A_PRIVATE_KEY] = NLA_POLICY_EXACT_LEN(WG_KEY_LEN),
	[WGDEVICE_A_PUBLIC_KEY] = NLA_POLICY_EXACT_LEN(WG_KEY_LEN),
	[WGDEVICE_A_FLAGS] = { .type = NLA_U32 },
	[WGDEVICE_A_LISTEN_PORT] = { .type = NLA_U16 },
	[WGDEVICE_A_FWMARK] = { .type = NLA_U32 },
	[WGDEVICE_A_PEERS] = NLA_POLICY_NESTED_ARRAY(wg_peer_policy),
};

const struct compat_nla_level wg_device_levels[] = {
	{ wg_device_policy, WGDEVICE_A_MAX, WGDEVICE_A_PEERS },
	{ wg_peer_policy, WGPEER_A_MAX, WGPEER_A_ALLOWEDIPS },
	{ wg_allowedip_policy, WGALLOWEDIP_A_MAX },
};

struct genl_family wg_netlink_family compat_genl_ro_after_init = {
	.name = WG_GENL_NAME,
	.version = WG_GENL_VERSION,
	.maxattr = WGDEVICE_A_MAX,
	COMPAT_GENL_FAMILY_POLICY(wg_device_policy)
	COMPAT_GENL_RESV_START_OP(WG_CMD_MAX + 1)
	.netnsok = true,
	.module = THIS_MODULE,
};

struct wg_device *wg_netlink_find(struct net *net, struct nlattr **attrs,
				  struct netlink_ext_ack *extack)
{
	const struct nlattr *index = attrs[WGDEVICE_A_IFINDEX];
	const struct nlattr *name = attrs[WGDEVICE_A_IFNAME];
	struct wg_device *device;
	struct net_device *dev;

	ASSERT_RTNL();
	if (!index == !name) {
		NL_SET_ERR_MSG(extack, "Exactly one of interface index and name is needed");
		return ERR_PTR(-EBADR);
	}
	dev = index ? __dev_get_by_index(net, nla_get_u32(index)) :
		      __dev_get_by_name(net, nla_data(name));
	if (!dev) {
		NL_SET_ERR_MSG(extack, "No such interface");
		return ERR_PTR(-ENODEV);
	}
	device = wg_device_of(dev);
	if (!device) {
		NL_SET_ERR_MSG(extack, "Not a WireGuard interface");
		return ERR_PTR(-EOPNOTSUPP);
	}
	return device;
}
