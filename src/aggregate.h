/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Aggregates: skbs with several messages for one endpoint, which pass the IP stack as one packet
 * of UDP GSO. All messages have the same length, except that the last one may be shorter.
 */
#ifndef WG_AGGREGATE_H
#define WG_AGGREGATE_H

#include <linux/sizes.h>
#include <linux/skbuff.h>

/* UDP_MAX_SEGMENTS of the kernels that limit it most. */
#define WG_AGGREGATE_MESSAGES 64
/*
 * The most bytes of an aggregate. The lengths in outer headers have 16 bits: 320 bytes remain for
 * the headers of this tunnel and of tunnels below.
 */
#define WG_AGGREGATE_BYTES (SZ_64K - 1 - 320)

/* An aggregate is made for at least this many bytes: with fewer, most of a page would be unused. */
#define WG_AGGREGATE_LEAST (PAGE_SIZE / 8)

/* Whether the kernel has UDP GSO, and the module parameter gso does not turn it off. */
bool wg_aggregate_possible(void);

/*
 * Appends a message of @len bytes to @skb, which has an empty linear part, and returns its memory,
 * which is contiguous and not initialised; NULL if @skb cannot have more or without memory. Any
 * context.
 * @more: estimated bytes of this message and of those that follow it
 */
u8 *wg_aggregate_put(struct sk_buff *skb, unsigned int len, unsigned int more);

/*
 * Called after the last message: makes @skb a GSO packet if it has several messages. Any context.
 * @size: the length of all messages except the last one
 */
void wg_aggregate_finish(struct sk_buff *skb, unsigned int size);

/*
 * Called after the owner is set. Any context. Releases an owner who is charged for more than what
 * the segments of @skb will have.
 */
void wg_aggregate_check_owner(struct sk_buff *skb);

/* The number of messages of a packet. */
static inline unsigned int wg_aggregate_count(const struct sk_buff *skb)
{
	return skb_is_gso(skb) ? skb_shinfo(skb)->gso_segs : 1;
}

/*
 * Replaces @skb, a packet in @packets, by a packet for each of its messages. Any context. The owner
 * of @skb is released. Return: the number of messages for which there was no memory.
 * @headroom: bytes in front of each message
 */
unsigned int wg_aggregate_split(struct sk_buff *skb, struct sk_buff_head *packets,
				unsigned int headroom);

#endif
