// SPDX-License-Identifier: GPL-2.0
/* Does setup_udp_tunnel_sock() take a struct sock? In 7.2, not in 6.12; see SETUP_UDP_TUNNEL_SOCK_SOCKET. */
#include <net/sock.h>
#include <net/udp_tunnel.h>

void probe_SETUP_UDP_TUNNEL_SOCK_SK(struct net *net, struct sock *sk,
				    struct udp_tunnel_sock_cfg *cfg);
void probe_SETUP_UDP_TUNNEL_SOCK_SK(struct net *net, struct sock *sk,
				    struct udp_tunnel_sock_cfg *cfg)
{
	setup_udp_tunnel_sock(net, sk, cfg);
}
