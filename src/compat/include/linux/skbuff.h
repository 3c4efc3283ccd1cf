/* SPDX-License-Identifier: GPL-2.0 */
/*
 * <linux/skbuff.h>: looking at a queue without its lock, lists of packets.
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

/* skb_push() used to return bytes, which C does not take for anything else. */
#if !HAVE_SKB_PUT_DATA
static inline void *compat_skb_put_data(struct sk_buff *skb, const void *data, unsigned int len)
{
	return memcpy(skb_put(skb, len), data, len);
}
#define skb_put_data(skb, data, len) compat_skb_put_data(skb, data, len)
#define skb_push(skb, len) ((void *)skb_push(skb, len))
#endif

#if !HAVE_SKB_MARK_NOT_ON_LIST
static inline void compat_skb_mark_not_on_list(struct sk_buff *skb)
{
	skb->next = NULL;
}
#define skb_mark_not_on_list(skb) compat_skb_mark_not_on_list(skb)
#endif

/* Since 5.6 (and a late 5.4). The body may free @skb. */
#ifndef skb_list_walk_safe
#define skb_list_walk_safe(first, skb, next_skb) \
	for ((skb) = (first); (skb) && ((next_skb) = (skb)->next, true); (skb) = (next_skb))
#endif

#endif /* WG_COMPAT_SKBUFF_H */
