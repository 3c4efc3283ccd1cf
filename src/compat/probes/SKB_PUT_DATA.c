// SPDX-License-Identifier: GPL-2.0
/* Is there skb_put_data(), and does skb_push() return void *? Since 4.13; else a shim. */
#include <linux/skbuff.h>

void *probe_SKB_PUT_DATA(struct sk_buff *skb, const void *data);
void *probe_SKB_PUT_DATA(struct sk_buff *skb, const void *data)
{
	return skb_put_data(skb, data, 1);
}

char probe_SKB_PUT_DATA_push[__builtin_types_compatible_p(
	typeof(skb_push((struct sk_buff *)NULL, 1)), void *) ? 1 : -1];
