// SPDX-License-Identifier: GPL-2.0
/* Is there icmpv6_ndo_send()? In 5.4.273, not in 4.19.78; else a shim. */
#include <linux/icmpv6.h>

void probe_ICMPV6_NDO_SEND(struct sk_buff *skb);
void probe_ICMPV6_NDO_SEND(struct sk_buff *skb)
{
	icmpv6_ndo_send(skb, ICMPV6_DEST_UNREACH, ICMPV6_ADDR_UNREACH, 0);
}
