// SPDX-License-Identifier: GPL-2.0
/* Does setup_udp_tunnel_sock() take a struct sock? In 7.2, not in 6.12; see SETUP_UDP_TUNNEL_SOCK_SOCKET. */
#include <net/sock.h>
#include <net/udp_tunnel.h>

char probe_SETUP_UDP_TUNNEL_SOCK_SK[__builtin_types_compatible_p(
	typeof(setup_udp_tunnel_sock),
	void(struct net *, struct sock *, struct udp_tunnel_sock_cfg *)) ? 1 : -1];
