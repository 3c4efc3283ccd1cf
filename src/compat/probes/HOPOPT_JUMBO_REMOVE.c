// SPDX-License-Identifier: GPL-2.0
/* Is the header of HOPOPT_JUMBO removed behind any link header? In 6.3, not in 6.1. */
#include <net/ipv6.h>

int probe_HOPOPT_JUMBO_REMOVE(struct sk_buff *skb);
int probe_HOPOPT_JUMBO_REMOVE(struct sk_buff *skb)
{
	return ipv6_hopopt_jumbo_remove(skb);
}
