// SPDX-License-Identifier: GPL-2.0
/* Is there skb_mark_not_on_list()? In 4.19.78, not in 4.14.67; else a shim. */
#include <linux/skbuff.h>

void probe_SKB_MARK_NOT_ON_LIST(struct sk_buff *skb);
void probe_SKB_MARK_NOT_ON_LIST(struct sk_buff *skb)
{
	skb_mark_not_on_list(skb);
}
