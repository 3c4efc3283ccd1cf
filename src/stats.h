/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Counters: each packet that a device drops is counted under one reason. A GSO packet counts
 * as one packet before its segments are counted, and as its segments afterwards.
 *
 * `ethtool -S` shows all reasons. Some reasons also add to a field of rtnl_link_stats64, so
 * that `ip -s link` shows drops that need the attention of an administrator: local packets
 * that the device refuses, and authenticated packets with bad contents. A reason that any host
 * can cause by sending to the UDP port has no such field, and neither have failures of the
 * underlying network.
 */
#ifndef WG_STATS_H
#define WG_STATS_H

#include <linux/ethtool.h>
#include <linux/netdevice.h>
#include <linux/percpu.h>

/*
 * The counters in the words of docs/TROUBLESHOOTING.md: what was lost and why, then what an
 * administrator can do. tests/counters.py writes the table of that page from this comment and
 * from WG_DROP_REASONS ("make counters"); "make lint" fails if they differ.
 *
 * @tx_bad_protocol: The packet is neither IPv4 nor IPv6, or skb->protocol contradicts the
 *	packet, or a GSO packet cannot be segmented.
 *	Do: Correct the program that sends raw packets. "tcpdump -ni wg0" shows the packet.
 * @tx_bad_length: The packet is shorter than its IP header says, or the IPv4 header length is
 *	impossible.
 *	Do: Correct the program that sends raw packets.
 * @tx_bad_checksum: The checksum of the packet cannot be computed: its field lies outside of
 *	the packet.
 *	Do: Correct the program that sets the virtio-net header.
 * @tx_no_allowed_ip: No peer has the destination in its allowed IPs. The sender gets ENOKEY
 *	or an ICMP error.
 *	Do: Add the destination to the AllowedIPs of a peer, or remove the route into the
 *	interface.
 * @tx_no_endpoint: The peer has no endpoint: none is configured, and the peer has not sent
 *	anything yet.
 *	Do: Set Endpoint, or set PersistentKeepalive on the peer, so that it sends first.
 * @tx_too_long: The packet is longer than 65,472 bytes.
 *	Do: Lower the MTU of the interface.
 * @tx_no_memory: An allocation failed. Own handshake messages count here as well.
 *	Do: Find what uses the memory. Raise vm.min_free_kbytes.
 * @tx_staged_overflow: More than 128 packets wait for a session with the peer. The oldest is
 *	dropped.
 *	Do: Nothing if it stops with the first handshake. Otherwise see "No handshake".
 * @tx_no_handshake: The packet waited for a session that did not come within about 100 s, or
 *	the peer was removed, or the interface went down.
 *	Do: See "No handshake".
 * @tx_queue_full: The encryption queue, or the queue of the peer, is full.
 *	Do: Packets arrive faster than the CPUs encrypt. Limit the rate, for example by a
 *	queueing discipline on the interface, or add CPUs. See "Slow".
 * @tx_routing_loop: The packet would be encapsulated for the same peer twice, or more than
 *	eight times.
 *	Do: The route to the endpoint leads into the tunnel. Give the endpoint a route by the
 *	uplink, or use a firewall mark as wg-quick does.
 * @tx_socket: The UDP socket did not take the message: there is no route or no source address
 *	for the endpoint, or the sockets are closed. Own handshake messages count here as well.
 *	Do: Run "ip route get ENDPOINT". With a firewall mark add "mark MARK".
 * @rx_malformed: The datagram does not have the type and size of a WireGuard message.
 *	Do: Nothing if it is rare: hosts scan the port. Otherwise look with tcpdump for another
 *	program, or for a middlebox that changes packets.
 * @rx_no_memory: An allocation failed.
 *	Do: As for tx_no_memory.
 * @rx_unknown_receiver: The message names a session that does not exist here.
 *	Do: Nothing for about 15 s after this host or interface was restarted: the peer then
 *	begins a new session. Otherwise check that no other host has the same private key.
 * @rx_expired_key: The session of the message is older than 180 s.
 *	Do: Messages get here, but handshakes fail: see "No handshake".
 * @rx_queue_full: The decryption queue is full, or too many packets of the peer are in flight.
 *	Do: Packets arrive faster than the CPUs decrypt. Limit the rate at the sender, or add
 *	CPUs. See "Slow".
 * @rx_not_authentic: The message does not authenticate.
 *	Do: The message was changed on the way, or is forged. If the counter grows with the
 *	traffic, look for a middlebox or a network card that corrupts packets.
 * @rx_replayed: The counter of the message was received before, or is too far behind the
 *	newest one (8,128 messages; 8,160 on 32-bit machines).
 *	Do: Nothing if it is rare: a path may duplicate packets. Otherwise look for a queue on the
 *	path that delays some packets more than others.
 * @rx_bad_inner_packet: The authenticated message does not contain an IP packet.
 *	Do: Update the implementation on the peer.
 * @rx_bad_inner_length: The authenticated message contains an IP packet that is shorter than
 *	its header says.
 *	Do: Update the implementation on the peer, or correct its raw sender.
 * @rx_source_not_allowed: The source of the inner packet is not in the allowed IPs of the
 *	peer that sent it.
 *	Do: Add the source to the AllowedIPs of that peer here, or correct the routes or the
 *	source NAT on the peer.
 * @rx_ecn_ce_not_ect: Not a loss: the outer packet is marked CE, and the inner packet does
 *	not support ECN. The packet is delivered unchanged.
 *	Do: Nothing.
 * @rx_interface_down: The interface went down before the packet was delivered.
 *	Do: Nothing.
 * @handshake_queue_full: 4,096 handshake messages wait already.
 *	Do: This is a flood, or the CPUs are overloaded.
 * @handshake_no_memory: An allocation for a handshake failed.
 *	Do: As for tx_no_memory.
 * @handshake_wrong_mac: The sender does not have the public key of this interface.
 *	Do: Compare "wg show wg0 public-key" with PublicKey on the peer. From unknown hosts it
 *	is a scan.
 * @handshake_cookie_asked: The interface is under load and answered the message with a
 *	cookie. The sender tries again with that cookie.
 *	Do: Nothing if it stops soon. Otherwise this is a flood, or very many peers.
 * @handshake_rate_limited: The interface is under load, and the address sends more handshake
 *	messages with a cookie than its share (20 a second).
 *	Do: This is a flood, or very many peers behind one NAT.
 * @handshake_no_random: The random number generator of the kernel is not seeded yet.
 *	Do: Wait. In a VM, add a virtio-rng device.
 * @handshake_rejected: The sender is not a peer of this interface, or the message is not
 *	authentic, is replayed or comes too early, or the interface is down.
 *	Do: Check that the key of the sender is configured here, that PresharedKey is the same
 *	on both sides, and that the clock of the sender was not set back. The debug log gives
 *	the reason.
 * @handshake_bad_cookie: The cookie reply is forged, or does not answer a message of this
 *	interface.
 *	Do: Nothing.
 */

/*
 * Reason, name for ethtool, and the field to which the reason adds, or none. rx_frame_errors
 * and rx_length_errors add to rx_errors as well. RX_ECN_CE_NOT_ECT is the only reason that is
 * not a drop. TX_NO_MEMORY and TX_SOCKET also count this host's handshake messages.
 */
#define WG_DROP_REASONS(X)								\
	X(TX_BAD_PROTOCOL,		tx_bad_protocol,	tx_errors)		\
	X(TX_BAD_LENGTH,		tx_bad_length,		tx_errors)		\
	X(TX_BAD_CHECKSUM,		tx_bad_checksum,	tx_errors)		\
	X(TX_NO_ALLOWED_IP,		tx_no_allowed_ip,	tx_errors)		\
	X(TX_NO_ENDPOINT,		tx_no_endpoint,		tx_errors)		\
	X(TX_TOO_LONG,			tx_too_long,		tx_errors)		\
	X(TX_NO_MEMORY,			tx_no_memory,		tx_dropped)		\
	X(TX_STAGED_OVERFLOW,		tx_staged_overflow,	tx_dropped)		\
	X(TX_NO_HANDSHAKE,		tx_no_handshake,	tx_dropped)		\
	X(TX_QUEUE_FULL,		tx_queue_full,		tx_dropped)		\
	X(TX_ROUTING_LOOP,		tx_routing_loop,	tx_errors)		\
	X(TX_SOCKET,			tx_socket,		none)			\
	X(RX_MALFORMED,			rx_malformed,		none)			\
	X(RX_NO_MEMORY,			rx_no_memory,		none)			\
	X(RX_UNKNOWN_RECEIVER,		rx_unknown_receiver,	none)			\
	X(RX_EXPIRED_KEY,		rx_expired_key,		none)			\
	X(RX_QUEUE_FULL,		rx_queue_full,		none)			\
	X(RX_NOT_AUTHENTIC,		rx_not_authentic,	none)			\
	X(RX_REPLAYED,			rx_replayed,		none)			\
	X(RX_BAD_INNER_PACKET,		rx_bad_inner_packet,	rx_frame_errors)	\
	X(RX_BAD_INNER_LENGTH,		rx_bad_inner_length,	rx_length_errors)	\
	X(RX_SOURCE_NOT_ALLOWED,	rx_source_not_allowed,	rx_frame_errors)	\
	X(RX_ECN_CE_NOT_ECT,		rx_ecn_ce_not_ect,	none)			\
	X(RX_INTERFACE_DOWN,		rx_interface_down,	rx_dropped)		\
	X(HANDSHAKE_QUEUE_FULL,		handshake_queue_full,	none)			\
	X(HANDSHAKE_NO_MEMORY,		handshake_no_memory,	none)			\
	X(HANDSHAKE_WRONG_MAC,		handshake_wrong_mac,	none)			\
	X(HANDSHAKE_COOKIE_ASKED,	handshake_cookie_asked,	none)			\
	X(HANDSHAKE_RATE_LIMITED,	handshake_rate_limited,	none)			\
	X(HANDSHAKE_NO_RANDOM,		handshake_no_random,	none)			\
	X(HANDSHAKE_REJECTED,		handshake_rejected,	none)			\
	X(HANDSHAKE_BAD_COOKIE,		handshake_bad_cookie,	none)

enum wg_drop {
#define WG_DROP_ENUM(reason, name, field) WG_DROP_##reason,
	WG_DROP_REASONS(WG_DROP_ENUM)
#undef WG_DROP_ENUM
	WG_DROPS, /* their number */
	WG_DROP_NONE = WG_DROPS,
};

struct wg_stats {
	unsigned long dropped[WG_DROPS];
	/*
	 * The tunnel code of the kernel counts a GSO packet that it did not send as one packet, as
	 * dropped (IPv4) or as an error (IPv6). These are the other messages of such packets.
	 */
	unsigned long more_dropped;
	unsigned long more_failed;
};

/* Allocates counters, all zero. Process context. Return: NULL without memory. */
struct wg_stats __percpu *wg_stats_new(void);

/* Called when no counter is incremented any longer. NULL is allowed. */
void wg_stats_free(struct wg_stats __percpu *stats);

/* Any context. */
static inline void wg_stats_count(struct wg_stats __percpu *stats, enum wg_drop reason)
{
	this_cpu_inc(stats->dropped[reason]);
}

static inline void wg_stats_count_many(struct wg_stats __percpu *stats, enum wg_drop reason,
				       unsigned int count)
{
	this_cpu_add(stats->dropped[reason], count);
}

/* Adds each reason to its field of rtnl_link_stats64, if it has one, and the messages above. */
void wg_stats_add_to(const struct wg_stats __percpu *stats, struct rtnl_link_stats64 *sum);

/*
 * For ethtool_ops. Copies the names in the order of the enum, ETH_GSTRING_LEN bytes each, unless
 * @buf is NULL. Return: the number of names.
 */
int wg_stats_strings(u8 *buf);

/* For ethtool_ops. The counters in the order of their names. */
void wg_stats_values(const struct wg_stats __percpu *stats, u64 *values);

#endif
