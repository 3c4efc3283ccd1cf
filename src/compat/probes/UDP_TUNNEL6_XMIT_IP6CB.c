// SPDX-License-Identifier: GPL-2.0
/* Does udp_tunnel6_xmit_skb() end with u16 ip6cb_flags? In 7.2, not in 6.12; see UDP_TUNNEL6_XMIT_LABEL. */
#include <net/sock.h>
#include <net/udp_tunnel.h>

void probe_UDP_TUNNEL6_XMIT_IP6CB(struct dst_entry *dst, struct sock *sk, struct sk_buff *skb,
				  struct in6_addr *a);
void probe_UDP_TUNNEL6_XMIT_IP6CB(struct dst_entry *dst, struct sock *sk, struct sk_buff *skb,
				  struct in6_addr *a)
{
	udp_tunnel6_xmit_skb(dst, sk, skb, NULL, a, a, 0, 0, 0, 0, 0, false, 0);
}
