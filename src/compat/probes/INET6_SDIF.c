// SPDX-License-Identifier: GPL-2.0
/* Is there inet6_sdif()? In 4.14; else the interface of a datagram is its VRF. */
#include <linux/ipv6.h>

int probe_INET6_SDIF(struct sk_buff *skb);
int probe_INET6_SDIF(struct sk_buff *skb)
{
	return inet6_sdif(skb);
}
