// SPDX-License-Identifier: GPL-2.0
/*
 * Does the kernel remove the header of HOPOPT_JUMBO behind a link header of any length? In 6.3,
 * with this function.
 */
#include <net/ipv6.h>

int probe_HOPOPT_JUMBO_REMOVE(struct sk_buff *skb);
int probe_HOPOPT_JUMBO_REMOVE(struct sk_buff *skb)
{
	return ipv6_hopopt_jumbo_remove(skb);
}
