/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * The configuration interface of WireGuard devices, as programs see it: the
 * generic netlink family "wireguard", version 1. Names and numbers only, fixed
 * for good; nothing that the driver keeps to itself.
 *
 * WG_CMD_GET_DEVICE is a dump (NLM_F_REQUEST | NLM_F_DUMP) and WG_CMD_SET_DEVICE
 * a request that is acknowledged. Both need CAP_NET_ADMIN in the user namespace
 * that owns the network namespace of the socket, and both name the device by
 * exactly one of WGDEVICE_A_IFINDEX and WGDEVICE_A_IFNAME. Else they fail:
 *
 *	EBADR		both are given, or neither
 *	ENODEV		there is no such device
 *	EOPNOTSUPP	it is no WireGuard device; a flag is unknown
 *
 * A dump is one or more messages. The first has the device's own attributes and
 * as many peers as fit; each other one has WGDEVICE_A_PEERS alone. Where a
 * peer's allowed IPs do not fit, the next message begins with the same peer:
 * WGPEER_A_PUBLIC_KEY, and the rest in WGPEER_A_ALLOWEDIPS. NLM_F_DUMP_INTR on
 * any of them says that the configuration changed meanwhile: ask again.
 *
 * A change too large for one message is sent as several: those after the first
 * must not repeat WGDEVICE_F_REPLACE_PEERS, nor WGPEER_F_REPLACE_ALLOWEDIPS for
 * a peer that goes on. What is not mentioned is not changed. A message is checked
 * as a whole first: an invalid one changes nothing. If memory, the port or room for
 * another peer is found missing after that, the changes made before stay.
 */
#ifndef _WG_UAPI_WIREGUARD_H
#define _WG_UAPI_WIREGUARD_H

#define WG_GENL_NAME "wireguard"
#define WG_GENL_VERSION 1

#define WG_KEY_LEN 32

enum wg_cmd {
	WG_CMD_GET_DEVICE,
	WG_CMD_SET_DEVICE,
	__WG_CMD_MAX
};

#define WG_CMD_MAX (__WG_CMD_MAX - 1)

/* In WGDEVICE_A_FLAGS, of SET only. */
enum wgdevice_flag {
	/*
	 * Remove the peers that the message does not add. A peer that it adds and that exists
	 * already keeps its sessions; its configuration becomes that of a new peer.
	 */
	WGDEVICE_F_REPLACE_PEERS = 1U << 0,
	__WGDEVICE_F_ALL = WGDEVICE_F_REPLACE_PEERS
};

enum wgdevice_attribute {
	WGDEVICE_A_UNSPEC,
	WGDEVICE_A_IFINDEX,	/* u32 */
	WGDEVICE_A_IFNAME,	/* string with its NUL, below IFNAMSIZ */
	WGDEVICE_A_PRIVATE_KEY,	/* WG_KEY_LEN bytes; all zeros in SET: take it away */
	WGDEVICE_A_PUBLIC_KEY,	/* WG_KEY_LEN bytes; follows from the private key */
	WGDEVICE_A_FLAGS,	/* u32, enum wgdevice_flag */
	WGDEVICE_A_LISTEN_PORT,	/* u16; 0 in SET: any that is free */
	WGDEVICE_A_FWMARK,	/* u32; 0: none */
	WGDEVICE_A_PEERS,	/* nest of nests of enum wgpeer_attribute */
	__WGDEVICE_A_LAST
};

#define WGDEVICE_A_MAX (__WGDEVICE_A_LAST - 1)

/* In WGPEER_A_FLAGS, of SET only. */
enum wgpeer_flag {
	/* Remove the peer; one that does not exist is as good as removed. */
	WGPEER_F_REMOVE_ME = 1U << 0,
	/* Remove the allowed IPs of the peer that the message does not add. */
	WGPEER_F_REPLACE_ALLOWEDIPS = 1U << 1,
	/* Leave a peer that does not exist alone instead of creating it. */
	WGPEER_F_UPDATE_ONLY = 1U << 2,
	__WGPEER_F_ALL = WGPEER_F_REMOVE_ME | WGPEER_F_REPLACE_ALLOWEDIPS |
			 WGPEER_F_UPDATE_ONLY
};

enum wgpeer_attribute {
	WGPEER_A_UNSPEC,
	WGPEER_A_PUBLIC_KEY,	/* WG_KEY_LEN bytes; in every peer of every message */
	WGPEER_A_PRESHARED_KEY,	/* WG_KEY_LEN bytes; all zeros: none */
	WGPEER_A_FLAGS,		/* u32, enum wgpeer_flag */
	WGPEER_A_ENDPOINT,	/* struct sockaddr_in or struct sockaddr_in6 */
	WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL,	/* u16, seconds; 0: off */
	WGPEER_A_LAST_HANDSHAKE_TIME,	/* struct __kernel_timespec; zeros: never */
	WGPEER_A_RX_BYTES,	/* u64 */
	WGPEER_A_TX_BYTES,	/* u64 */
	WGPEER_A_ALLOWEDIPS,	/* nest of nests of enum wgallowedip_attribute */
	WGPEER_A_PROTOCOL_VERSION,	/* u32; 1 is the only one, and the default */
	__WGPEER_A_LAST
};

#define WGPEER_A_MAX (__WGPEER_A_LAST - 1)

/* In WGALLOWEDIP_A_FLAGS, of SET only. */
enum wgallowedip_flag {
	/* Take it away from this peer; if the peer does not have it, all is well. */
	WGALLOWEDIP_F_REMOVE_ME = 1U << 0,
	__WGALLOWEDIP_F_ALL = WGALLOWEDIP_F_REMOVE_ME
};

/* All of them but the flags are needed. */
enum wgallowedip_attribute {
	WGALLOWEDIP_A_UNSPEC,
	WGALLOWEDIP_A_FAMILY,	/* u16, AF_INET or AF_INET6 */
	WGALLOWEDIP_A_IPADDR,	/* struct in_addr or struct in6_addr */
	WGALLOWEDIP_A_CIDR_MASK,	/* u8, 0 to 32 or to 128 */
	WGALLOWEDIP_A_FLAGS,	/* u32, enum wgallowedip_flag */
	__WGALLOWEDIP_A_LAST
};

#define WGALLOWEDIP_A_MAX (__WGALLOWEDIP_A_LAST - 1)

#endif /* _WG_UAPI_WIREGUARD_H */
