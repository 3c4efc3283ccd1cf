// SPDX-License-Identifier: GPL-2.0
/* Does an skb have the clock of its time of departure? Since 6.10; else SKB_MONO_DELIVERY_TIME. */
/* stays: scrubbing drops a time of departure that has lost its type */
#include <linux/skbuff.h>

void probe_SKB_TSTAMP_TYPE(struct sk_buff *skb);
void probe_SKB_TSTAMP_TYPE(struct sk_buff *skb)
{
	skb->tstamp_type = 1;
}
