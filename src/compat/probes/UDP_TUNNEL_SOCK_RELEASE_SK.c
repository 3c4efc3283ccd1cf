// SPDX-License-Identifier: GPL-2.0
/* Does udp_tunnel_sock_release() take a struct sock? In 7.2, not in 6.12; see UDP_TUNNEL_SOCK_RELEASE_SOCKET. */
#include <net/sock.h>
#include <net/udp_tunnel.h>

void probe_UDP_TUNNEL_SOCK_RELEASE_SK(struct sock *sk);
void probe_UDP_TUNNEL_SOCK_RELEASE_SK(struct sock *sk)
{
	udp_tunnel_sock_release(sk);
}
