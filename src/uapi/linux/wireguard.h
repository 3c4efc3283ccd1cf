/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * The configuration interface of WireGuard devices: the generic netlink family
 * "wireguard", version 1. The names and numbers never change.
 *
 * WG_CMD_GET_DEVICE is a dump (NLM_F_REQUEST | NLM_F_DUMP) and
 * WG_CMD_SET_DEVICE is a request. Both need CAP_NET_ADMIN in the user namespace
 * that owns the network namespace of the socket. Both identify the device by
 * exactly one of WGDEVICE_A_IFINDEX and WGDEVICE_A_IFNAME. Errors:
 *
 *	EBADR		both are given, or neither
 *	ENODEV		there is no such device
 *	EOPNOTSUPP	it is not a WireGuard device, or a flag is unknown
 *
 * A dump has one or more messages. The first one has the attributes of the
 * device and as many peers as fit. Each of the others has WGDEVICE_A_PEERS
 * only. If the allowed IPs of a peer do not fit, the next message begins with
 * the same peer: WGPEER_A_PUBLIC_KEY, and the rest in WGPEER_A_ALLOWEDIPS.
 * NLM_F_DUMP_INTR in any message means that the configuration has changed since
 * the first one; repeat the dump.
 *
 * A change that is too large for one message is sent in several. Messages after
 * the first must not repeat WGDEVICE_F_REPLACE_PEERS, nor
 * WGPEER_F_REPLACE_ALLOWEDIPS for a peer that continues. Attributes that are
 * not given do not change. The whole message is validated first, so an invalid
 * message changes nothing. If the request then fails for lack of memory, a port
 * that is in use or the limit of peers, the changes made before stay.
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
	 * Remove the peers that the message does not add. A peer that it adds
	 * and that exists already keeps its sessions; its configuration becomes
	 * that of a new peer.
	 */
	WGDEVICE_F_REPLACE_PEERS = 1U << 0,
	__WGDEVICE_F_ALL = WGDEVICE_F_REPLACE_PEERS
};

enum wgdevice_attribute {
	WGDEVICE_A_UNSPEC,
	WGDEVICE_A_IFINDEX,	/* u32 */
	WGDEVICE_A_IFNAME,	/* string with its NUL, below IFNAMSIZ */
	WGDEVICE_A_PRIVATE_KEY,	/* WG_KEY_LEN bytes; all zeros in SET: remove the key */
	WGDEVICE_A_PUBLIC_KEY,	/* WG_KEY_LEN bytes; derived from the private key */
	WGDEVICE_A_FLAGS,	/* u32, enum wgdevice_flag */
	WGDEVICE_A_LISTEN_PORT,	/* u16; 0 in SET: any free port */
	WGDEVICE_A_FWMARK,	/* u32; 0: none */
	WGDEVICE_A_PEERS,	/* nest of nests of enum wgpeer_attribute */
	__WGDEVICE_A_LAST
};

#define WGDEVICE_A_MAX (__WGDEVICE_A_LAST - 1)

/* In WGPEER_A_FLAGS, of SET only. */
enum wgpeer_flag {
	/* Remove the peer; it is no error if the peer does not exist. */
	WGPEER_F_REMOVE_ME = 1U << 0,
	/* Remove the allowed IPs of the peer that the message does not add. */
	WGPEER_F_REPLACE_ALLOWEDIPS = 1U << 1,
	/* Do not create the peer if it does not exist. */
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
	/* Remove it from this peer; it is no error if the peer does not have it. */
	WGALLOWEDIP_F_REMOVE_ME = 1U << 0,
	__WGALLOWEDIP_F_ALL = WGALLOWEDIP_F_REMOVE_ME
};

/* All but WGALLOWEDIP_A_FLAGS are required. */
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
