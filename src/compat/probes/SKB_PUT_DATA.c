// SPDX-License-Identifier: GPL-2.0
/* Is there skb_put_data(), and does skb_push() return void *? Since 4.13; else a shim. */
#include <linux/skbuff.h>

struct iphdr *probe_SKB_PUT_DATA(struct sk_buff *skb, const void *data);
struct iphdr *probe_SKB_PUT_DATA(struct sk_buff *skb, const void *data)
{
	skb_put_data(skb, data, 1);
	return skb_push(skb, 1);
}
