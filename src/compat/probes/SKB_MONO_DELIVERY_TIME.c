// SPDX-License-Identifier: GPL-2.0
/* Does an skb distinguish times of departure and arrival? In 5.18 to 6.9; else neither crosses the tunnel. */
/* stays: scrubbing drops a time of departure that has lost its type */
#include <linux/skbuff.h>

void probe_SKB_MONO_DELIVERY_TIME(struct sk_buff *skb);
void probe_SKB_MONO_DELIVERY_TIME(struct sk_buff *skb)
{
	skb->mono_delivery_time = 1;
}
