// SPDX-License-Identifier: GPL-2.0
/* Does setup_udp_tunnel_sock() take a struct socket? In 6.12, not in 7.2; see SETUP_UDP_TUNNEL_SOCK_SK. */
#include <net/sock.h>
#include <net/udp_tunnel.h>

void probe_SETUP_UDP_TUNNEL_SOCK_SOCKET(struct net *net, struct socket *sock,
					struct udp_tunnel_sock_cfg *cfg);
void probe_SETUP_UDP_TUNNEL_SOCK_SOCKET(struct net *net, struct socket *sock,
					struct udp_tunnel_sock_cfg *cfg)
{
	setup_udp_tunnel_sock(net, sock, cfg);
}
