// SPDX-License-Identifier: GPL-2.0
/* Does udp_tunnel_sock_release() take a struct socket? In 6.12, not in 7.2; see UDP_TUNNEL_SOCK_RELEASE_SK. */
#include <net/sock.h>
#include <net/udp_tunnel.h>

void probe_UDP_TUNNEL_SOCK_RELEASE_SOCKET(struct socket *sock);
void probe_UDP_TUNNEL_SOCK_RELEASE_SOCKET(struct socket *sock)
{
	udp_tunnel_sock_release(sock);
}
