// SPDX-License-Identifier: GPL-2.0
/* Does udp_tunnel_xmit_skb() end with u16 ipcb_flags? In 7.2, not in 6.12; see UDP_TUNNEL_XMIT_NOCHECK. */
#include <net/sock.h>
#include <net/udp_tunnel.h>

char probe_UDP_TUNNEL_XMIT_IPCB[__builtin_types_compatible_p(
	typeof(udp_tunnel_xmit_skb),
	void(struct rtable *, struct sock *, struct sk_buff *, __be32, __be32, __u8, __u8,
	     __be16, __be16, __be16, bool, bool, u16)) ? 1 : -1];
