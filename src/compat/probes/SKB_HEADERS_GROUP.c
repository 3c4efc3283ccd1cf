// SPDX-License-Identifier: GPL-2.0
/* Are the members that describe a packet a struct_group? Since 5.17; else SKB_HEADERS_MARKS. */
#include <linux/skbuff.h>

void probe_SKB_HEADERS_GROUP(struct sk_buff *skb);
void probe_SKB_HEADERS_GROUP(struct sk_buff *skb)
{
	memset(&skb->headers, 0, sizeof(skb->headers));
}
