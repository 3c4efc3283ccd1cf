/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Counters: each packet that a device loses is counted under one reason. What the
 * stack hands over as one packet is one, however many segments it stands for, until
 * it is split.
 *
 * `ethtool -S` shows each reason. Those that have a field of rtnl_link_stats64 add to
 * it, too, so that `ip -s link` shows what administrators are alerted by: packets of
 * ours that the device refuses, and authenticated packets with bad contents. Reasons that
 * any host reaching the UDP port can cause have no such field; nor have failures of the
 * underlying network.
 */
#ifndef WG_STATS_H
#define WG_STATS_H

#include <linux/ethtool.h>
#include <linux/netdevice.h>
#include <linux/percpu.h>

/*
 * Reason, name for ethtool, and the field that it adds to, or none. Frame and length
 * errors are errors as well. RX_ECN is the one that is no loss. TX_NO_MEMORY and TX_SOCKET
 * count handshake messages of ours as well.
 */
#define WG_DROP_REASONS(X)						\
	X(TX_PROTOCOL,		tx_bad_protocol,	tx_errors)	\
	X(TX_LENGTH,		tx_bad_length,		tx_errors)	\
	X(TX_CHECKSUM,		tx_bad_checksum,	tx_errors)	\
	X(TX_NO_ROUTE,		tx_no_allowed_ip,	tx_errors)	\
	X(TX_NO_ENDPOINT,	tx_no_endpoint,		tx_errors)	\
	X(TX_TOO_LONG,		tx_too_long,		tx_errors)	\
	X(TX_NO_MEMORY,		tx_no_memory,		tx_dropped)	\
	X(TX_STAGED,		tx_staged_overflow,	tx_dropped)	\
	X(TX_NO_HANDSHAKE,	tx_no_handshake,	tx_dropped)	\
	X(TX_QUEUE_FULL,	tx_queue_full,		tx_dropped)	\
	X(TX_LOOP,		tx_routing_loop,	tx_errors)	\
	X(TX_SOCKET,		tx_socket,		none)		\
	X(RX_MALFORMED,		rx_malformed,		none)		\
	X(RX_NO_MEMORY,		rx_no_memory,		none)		\
	X(RX_UNKNOWN,		rx_unknown_receiver,	none)		\
	X(RX_EXPIRED,		rx_expired_key,		none)		\
	X(RX_QUEUE_FULL,	rx_queue_full,		none)		\
	X(RX_FORGED,		rx_not_authentic,	none)		\
	X(RX_REPLAYED,		rx_replayed,		none)		\
	X(RX_INNER,		rx_bad_inner_packet,	rx_frame_errors)	\
	X(RX_INNER_LENGTH,	rx_bad_inner_length,	rx_length_errors)	\
	X(RX_SOURCE,		rx_source_not_allowed,	rx_frame_errors)	\
	X(RX_ECN,		rx_ecn_ce_not_ect,	none)		\
	X(RX_DOWN,		rx_interface_down,	rx_dropped)	\
	X(HS_QUEUE_FULL,	handshake_queue_full,	none)		\
	X(HS_NO_MEMORY,		handshake_no_memory,	none)		\
	X(HS_MAC,		handshake_wrong_mac,	none)		\
	X(HS_NO_COOKIE,		handshake_cookie_asked,	none)		\
	X(HS_RATE,		handshake_rate_limited,	none)		\
	X(HS_NO_RANDOM,	handshake_no_random,	none)		\
	X(HS_REJECTED,		handshake_rejected,	none)		\
	X(HS_COOKIE,		handshake_bad_cookie,	none)

enum wg_drop {
#define WG_DROP_ENUM(reason, name, field) WG_DROP_##reason,
	WG_DROP_REASONS(WG_DROP_ENUM)
#undef WG_DROP_ENUM
	WG_DROPS,
};

struct wg_stats {
	unsigned long dropped[WG_DROPS];
};

struct wg_stats __percpu *wg_stats_new(void);
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

void wg_stats_add_to(const struct wg_stats __percpu *stats, struct rtnl_link_stats64 *sum);

/* For ethtool_ops. */
int wg_stats_strings(u8 *buf);
void wg_stats_values(const struct wg_stats __percpu *stats, u64 *values);

#endif
