// SPDX-License-Identifier: GPL-2.0
/* Does struct sk_buff have alloc_cpu? In 6.1, not in 5.10; else nothing needs to be preserved. */
#include <linux/skbuff.h>

void probe_SKB_ALLOC_CPU(struct sk_buff *skb);
void probe_SKB_ALLOC_CPU(struct sk_buff *skb)
{
	skb->alloc_cpu = 0;
}
