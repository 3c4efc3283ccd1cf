// SPDX-License-Identifier: GPL-2.0
/* Does udp_tunnel_xmit_skb() end with u16 ipcb_flags? In 7.2, not in 6.12; see UDP_TUNNEL_XMIT_NOCHECK. */
#include <net/sock.h>
#include <net/udp_tunnel.h>

void probe_UDP_TUNNEL_XMIT_IPCB(struct rtable *rt, struct sock *sk, struct sk_buff *skb);
void probe_UDP_TUNNEL_XMIT_IPCB(struct rtable *rt, struct sock *sk, struct sk_buff *skb)
{
	udp_tunnel_xmit_skb(rt, sk, skb, 0, 0, 0, 0, 0, 0, 0, false, false, 0);
}
