// SPDX-License-Identifier: GPL-2.0
/* Does an skb tell the CPU that allocated it? In 6.1, not in 5.10; else there is nothing to keep. */
#include <linux/skbuff.h>

void probe_SKB_ALLOC_CPU(struct sk_buff *skb);
void probe_SKB_ALLOC_CPU(struct sk_buff *skb)
{
	skb->alloc_cpu = 0;
}
