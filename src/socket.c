// SPDX-License-Identifier: GPL-2.0
/*
 * The UDP sockets of a device, in its creating namespace: opening, closing, receiving.
 */
#include "socket.h"

#include <linux/bug.h>
#include <linux/rtnetlink.h>
#include <linux/string.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/net_namespace.h>
#include <net/udp.h>
#include <net/udp_tunnel.h>

/* Attempts to find a port that is free in both families, if no port is configured. */
#define WG_PORT_TRIES 100

/*
 * The interface that received the datagram. In a VRF this is the enslaved interface, while
 * skb_iif is the VRF device.
 */
static int wg_ingress(const struct sk_buff *skb)
{
	int enslaved = skb->protocol == htons(ETH_P_IP) ? inet_sdif(skb) : inet6_sdif(skb);

	return enslaved ?: skb->skb_iif;
}

static int wg_encap_rcv(struct sock *sk, struct sk_buff *skb)
{
	struct wg_sockets *sockets = rcu_dereference_sk_user_data(sk);

	if (unlikely(!sockets || !pskb_may_pull(skb, sizeof(struct udphdr)))) {
		kfree_skb(skb);
		return 0;
	}
	skb_mark_not_on_list(skb);
	/* Before receive(), which overwrites the control block of the IP stack. */
	skb->skb_iif = wg_ingress(skb);
	__skb_pull(skb, sizeof(struct udphdr));
	sockets->receive(sockets, skb);
	return 0;
}

static int wg_socket_new(struct net *net, struct wg_sockets *sockets, sa_family_t family,
			 __be16 port, struct sock **out)
{
	struct udp_port_cfg port_cfg = {
		.family = family,
		.local_udp_port = port,
		.use_udp_checksums = 1,
		.use_udp6_tx_checksums = 1,
		.use_udp6_rx_checksums = 1,
		.ipv6_v6only = family == AF_INET6,
	};
	struct udp_tunnel_sock_cfg cfg = {
		.sk_user_data = sockets,
		.encap_type = 1,
		.encap_rcv = wg_encap_rcv,
	};
	struct sock *sk;
	int ret;

	/* The kernel keeps flags in the low bits of the pointer: see struct wg_sockets. */
	BUILD_BUG_ON(__alignof__(*sockets) < 8);
	ret = compat_udp_sock_create(net, &port_cfg, &sk);
	if (ret)
		return ret;
	sk->sk_allocation = GFP_ATOMIC;
	sk->sk_sndbuf = INT_MAX;
	sk_set_memalloc(sk);
	setup_udp_tunnel_sock(net, sk, &cfg);
	*out = sk;
	return 0;
}

/* After this, receivers find no device. A grace period must pass before wg_socket_free(). */
static void wg_socket_detach(struct sock *sk)
{
	if (sk)
		rcu_assign_sk_user_data(sk, NULL);
}

/*
 * Called a grace period after wg_socket_detach(). udp_tunnel_sock_release() is not used: it
 * waits for a grace period for each socket, not expedited, with RTNL held. Here one grace
 * period serves any number of sockets.
 *
 * sk_set_memalloc() has taken a reference on the static key for sockets that may use the
 * memory reserves. Without sk_clear_memalloc() all sockets of the machine would stay on the
 * slow paths for swapping over the network.
 */
static void wg_socket_free(struct sock *sk)
{
	if (!sk)
		return;
	sk_clear_memalloc(sk);
	kernel_sock_shutdown(sk->sk_socket, SHUT_RDWR);
	compat_udp_sock_release(sk);
}

static int wg_sockets_create(struct net *net, struct wg_sockets *sockets, u16 port,
			     struct sock **sk4, struct sock **sk6)
{
	unsigned int tries = port ? 1 : WG_PORT_TRIES;
	int ret;

	do {
		*sk4 = NULL;
		*sk6 = NULL;
		ret = wg_socket_new(net, sockets, AF_INET, htons(port), sk4);
		if (ret || !IS_ENABLED(CONFIG_IPV6))
			return ret;
		ret = wg_socket_new(net, sockets, AF_INET6, inet_sk(*sk4)->inet_sport, sk6);
		/* IPv6 was disabled at boot: use IPv4 only. */
		if (!ret || ret == -EAFNOSUPPORT)
			return 0;
		/* Receivers may be using the socket already. */
		wg_socket_detach(*sk4);
		synchronize_net();
		wg_socket_free(*sk4);
		*sk4 = NULL;
	} while (ret == -EADDRINUSE && --tries);
	return ret;
}

static void wg_sockets_replace(struct wg_sockets *sockets, struct sock *sk4, struct sock *sk6)
{
	struct sock *old4, *old6;

	ASSERT_RTNL();
	old4 = rtnl_dereference(sockets->sock4);
	old6 = rtnl_dereference(sockets->sock6);
	rcu_assign_pointer(sockets->sock4, sk4);
	rcu_assign_pointer(sockets->sock6, sk6);
	if (sk4)
		sockets->port = ntohs(inet_sk(sk4)->inet_sport);
	wg_socket_detach(old4);
	wg_socket_detach(old6);
	/* Wait for senders and receivers that use the old sockets. */
	if (old4 || old6)
		synchronize_net();
	wg_socket_free(old4);
	wg_socket_free(old6);
}

int wg_sockets_open(struct wg_sockets *sockets, u16 port)
{
	struct sock *sk4, *sk6;
	struct net *net;
	int ret;

	rcu_read_lock();
	net = rcu_dereference(sockets->creating_net);
	net = net ? maybe_get_net(net) : NULL;
	rcu_read_unlock();
	if (!net)
		return -ENONET;

	ret = wg_sockets_create(net, sockets, port, &sk4, &sk6);
	/* Log the error, since "ip link set up" prints only an error number. */
	if (ret)
		net_err_ratelimited("%s: cannot open the UDP sockets on port %u, error %d\n",
				    sockets->dev->name, port, ret);
	else
		wg_sockets_replace(sockets, sk4, sk6);
	put_net(net);
	return ret;
}

void wg_sockets_detach(struct wg_sockets *sockets)
{
	struct sock *sk4 = rtnl_dereference(sockets->sock4);
	struct sock *sk6 = rtnl_dereference(sockets->sock6);

	wg_socket_detach(sk4);
	wg_socket_detach(sk6);
	if (sk4)
		sockets->closing4 = sk4;
	if (sk6)
		sockets->closing6 = sk6;
	RCU_INIT_POINTER(sockets->sock4, NULL);
	RCU_INIT_POINTER(sockets->sock6, NULL);
}

void wg_sockets_release(struct wg_sockets *sockets)
{
	ASSERT_RTNL();
	wg_socket_free(sockets->closing4);
	wg_socket_free(sockets->closing6);
	sockets->closing4 = NULL;
	sockets->closing6 = NULL;
}
