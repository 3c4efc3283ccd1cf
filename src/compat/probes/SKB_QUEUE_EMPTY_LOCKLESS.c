// SPDX-License-Identifier: GPL-2.0
/* Is there skb_queue_empty_lockless()? In 5.4, not in 4.19.78; else our own. */
#include <linux/skbuff.h>

bool probe_SKB_QUEUE_EMPTY_LOCKLESS(const struct sk_buff_head *queue);
bool probe_SKB_QUEUE_EMPTY_LOCKLESS(const struct sk_buff_head *queue)
{
	return skb_queue_empty_lockless(queue);
}
