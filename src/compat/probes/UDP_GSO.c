// SPDX-License-Identifier: GPL-2.0
/* Is there UDP GSO, also for sockets that do not ask for it when they receive? Since 5.0; else no aggregates. */
#include <linux/netdev_features.h>
#include <linux/skbuff.h>
#include <linux/udp.h>

unsigned long probe_UDP_GSO(struct sock *sk, struct sk_buff *skb);
unsigned long probe_UDP_GSO(struct sock *sk, struct sk_buff *skb)
{
	if (udp_unexpected_gso(sk, skb))
		return 0;
	return skb_gso_validate_network_len(skb, 1) +
	       SKB_GSO_UDP_L4 + SKB_GSO_TCP_FIXEDID + NETIF_F_GSO_UDP_L4;
}
