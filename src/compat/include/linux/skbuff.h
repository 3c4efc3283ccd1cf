/* SPDX-License-Identifier: GPL-2.0 */
/*
 * <linux/skbuff.h>: looking at a queue without its lock, walking a list of packets.
 */
#ifndef WG_COMPAT_SKBUFF_H
#define WG_COMPAT_SKBUFF_H

#include_next <linux/skbuff.h>

#if !HAVE_SKB_QUEUE_EMPTY_LOCKLESS
static inline bool compat_skb_queue_empty_lockless(const struct sk_buff_head *queue)
{
	return READ_ONCE(queue->next) == (const struct sk_buff *)queue;
}
#define skb_queue_empty_lockless(queue) compat_skb_queue_empty_lockless(queue)
#endif

/* Since 5.6 (and a late 5.4). The body may free @skb. */
#ifndef skb_list_walk_safe
#define skb_list_walk_safe(first, skb, next_skb) \
	for ((skb) = (first); (skb) && ((next_skb) = (skb)->next, true); (skb) = (next_skb))
#endif

#endif /* WG_COMPAT_SKBUFF_H */
