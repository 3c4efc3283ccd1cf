// SPDX-License-Identifier: GPL-2.0
/* Does udp_tunnel_xmit_skb() return the bytes sent, which we count? In 4.4, not in 4.9; see UDP_TUNNEL_XMIT_IPCB. */
#include <net/sock.h>
#include <net/udp_tunnel.h>

int probe_UDP_TUNNEL_XMIT_RETURNS(struct rtable *rt, struct sock *sk, struct sk_buff *skb);
int probe_UDP_TUNNEL_XMIT_RETURNS(struct rtable *rt, struct sock *sk, struct sk_buff *skb)
{
	return udp_tunnel_xmit_skb(rt, sk, skb, 0, 0, 0, 0, 0, 0, 0, false, false);
}
