// SPDX-License-Identifier: GPL-2.0
/* Is there inet_sdif()? In 4.14; else the interface of a datagram is its VRF. */
#include <net/ip.h>

int probe_INET_SDIF(struct sk_buff *skb);
int probe_INET_SDIF(struct sk_buff *skb)
{
	return inet_sdif(skb);
}
