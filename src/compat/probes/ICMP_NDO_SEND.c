// SPDX-License-Identifier: GPL-2.0
/* Is there icmp_ndo_send()? In 5.4.273, not in 4.19.78; else a shim. */
#include <net/icmp.h>

void probe_ICMP_NDO_SEND(struct sk_buff *skb);
void probe_ICMP_NDO_SEND(struct sk_buff *skb)
{
	icmp_ndo_send(skb, ICMP_DEST_UNREACH, ICMP_HOST_UNREACH, 0);
}
