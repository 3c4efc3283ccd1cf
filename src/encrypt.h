/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From packets to messages.
 */
#ifndef WG_ENCRYPT_H
#define WG_ENCRYPT_H

#include <linux/bug.h>
#include <linux/ip.h>
#include <linux/udp.h>
#include "crypt_queue.h"
#include "messages.h"

/* Bytes in front of the ciphertext of a data message: outer headers and message header. */
#define WG_DATA_HEADROOM (WG_OUTER_HEADROOM + sizeof(struct wg_msg_data))

/*
 * The longest packet. With padding, the lengths in the outer UDP and IPv4
 * headers still fit into 16 bits.
 */
#define WG_MAX_PACKET round_down(U16_MAX - sizeof(struct iphdr) - sizeof(struct udphdr) - \
				 WG_DATA_OVERHEAD, WG_PADDING)

/* The control block of a packet that waits for encryption. wg_outer_cb() needs outer first. */
struct wg_transmit_cb {
	struct wg_outer_cb outer;
	/* The lower of the device's and the inner route's MTU, which limits the padding. */
	unsigned int mtu;
	/* The segments of a GSO packet, as wg_segments_of() has counted them; 0 for others. */
	u16 segments;
};

static inline struct wg_transmit_cb *wg_transmit_cb(struct sk_buff *skb)
{
	BUILD_BUG_ON(sizeof(struct wg_transmit_cb) > sizeof(skb->cb));
	return (struct wg_transmit_cb *)skb->cb;
}

/* The number of messages that a packet becomes. */
static inline unsigned int wg_transmit_messages(struct sk_buff *skb)
{
	return wg_transmit_cb(skb)->segments ?: 1;
}

/*
 * Whether skb->destructor may read skb_shinfo()->destructor_arg, like those of AF_XDP and of
 * packet sockets with a TX ring. If it may, the fragments must not be used after it has run.
 */
bool wg_destructor_may_read_arg(const struct sk_buff *skb);

/*
 * Replaces the packets of a batch by encrypted messages and aggregates. Softirq or process context.
 * Those that lack memory, or whose packet is not valid, are dropped and counted.
 */
void wg_encrypt_batch(struct wg_batch *batch);

#endif
