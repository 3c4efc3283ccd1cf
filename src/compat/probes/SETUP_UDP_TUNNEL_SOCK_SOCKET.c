// SPDX-License-Identifier: GPL-2.0
/* Does setup_udp_tunnel_sock() take a struct socket? In 6.12, not in 7.2; see SETUP_UDP_TUNNEL_SOCK_SK. */
#include <net/sock.h>
#include <net/udp_tunnel.h>

char probe_SETUP_UDP_TUNNEL_SOCK_SOCKET[__builtin_types_compatible_p(
	typeof(setup_udp_tunnel_sock),
	void(struct net *, struct socket *, struct udp_tunnel_sock_cfg *)) ? 1 : -1];
