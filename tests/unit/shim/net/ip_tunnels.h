/* SPDX-License-Identifier: GPL-2.0 */
/* Host stand-in: the TOS or traffic class of an outer header. */
#ifndef SHIM_NET_IP_TUNNELS_H
#define SHIM_NET_IP_TUNNELS_H

#include <net/inet_ecn.h>

static inline u8 ip_tunnel_get_dsfield(const struct iphdr *iph, const struct sk_buff *skb)
{
	if (skb->protocol == htons(ETH_P_IP))
		return iph->tos;
	return skb->protocol == htons(ETH_P_IPV6) ?
	       ipv6_get_dsfield((const struct ipv6hdr *)iph) : 0;
}

#endif
