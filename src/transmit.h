/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Data on its way out: from packets to messages to the socket.
 */
#ifndef WG_TRANSMIT_H
#define WG_TRANSMIT_H

#include <linux/ip.h>
#include <linux/udp.h>
#include "peer.h"

/* What is in front of the ciphertext of a data message: outer headers and our own. */
#define WG_DATA_HEADROOM (WG_OUTER_HEADROOM + sizeof(struct wg_msg_data))

/*
 * The longest packet: one that, padded, still leaves the lengths in the outer
 * UDP and IPv4 headers within their 16 bits.
 */
#define WG_MAX_PACKET round_down(U16_MAX - sizeof(struct iphdr) - sizeof(struct udphdr) - \
				 WG_DATA_OVERHEAD, WG_PADDING)

/* The control block of a packet that waits to be encrypted; outer first. */
struct wg_transmit_cb {
	struct wg_outer_cb outer;
	/* Of the device and of the route inside the tunnel: padding does not go beyond it. */
	unsigned int mtu;
};

static inline struct wg_transmit_cb *wg_transmit_cb(struct sk_buff *skb)
{
	BUILD_BUG_ON(sizeof(struct wg_transmit_cb) > sizeof(skb->cb));
	return (struct wg_transmit_cb *)skb->cb;
}

/* transmit.c, by the device, with wg_transmit_cb() filled in */
void wg_transmit(struct wg_peer *peer, struct sk_buff_head *packets);

/* transmit.c, by all others */
void wg_transmit_staged(struct wg_peer *peer);
void wg_transmit_keepalive(struct wg_peer *peer);

/* transmit.c, for the transmit queue and the crypt queue */
extern const struct wg_peer_tx_ops wg_transmit_peer_tx_ops;
void wg_transmit_process(struct wg_batch *batch);

#endif
