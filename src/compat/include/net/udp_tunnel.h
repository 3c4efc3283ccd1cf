/* SPDX-License-Identifier: GPL-2.0 */
/*
 * <net/udp_tunnel.h> as in 7.2: sockets are struct sock, and the last argument of the
 * transmit functions has the flags for the IP control block. Older kernels clear those
 * flags, but not for IPv6 before 4.10.
 *
 * udp_sock_create() returns a struct socket on all kernels; compat_udp_sock_create()
 * returns its struct sock, and compat_udp_sock_release() releases it.
 */
#ifndef WG_COMPAT_UDP_TUNNEL_H
#define WG_COMPAT_UDP_TUNNEL_H

#include <net/sock.h>
#include_next <net/udp_tunnel.h>
#include "ipv6_route.h"

/*
 * The packets that this CPU has sent by @dev, as the tunnel code counts them. With softirqs
 * disabled.
 */
static inline u64 compat_tx_packets(const struct net_device *dev)
{
#if HAVE_NETSTATS_U64
	return this_cpu_ptr(dev->tstats)->tx_packets;
#else
	return u64_stats_read(&this_cpu_ptr(dev->tstats)->tx_packets);
#endif
}

#if !HAVE_UDP_TUNNEL_XMIT_IPCB
#if HAVE_UDP_TUNNEL_XMIT_RETURNS
/* Updates the counters as the tunnel code of newer kernels does. With softirqs disabled. */
static inline void compat_count_sent(struct net_device *dev, int sent)
{
	if (sent > 0) {
		dev_sw_netstats_tx_add(dev, 1, sent);
	} else {
		dev->stats.tx_errors++;
		dev->stats.tx_aborted_errors++;
	}
}
#endif

static inline void compat_udp_tunnel_xmit_skb(struct rtable *rt, struct sock *sk,
					      struct sk_buff *skb, __be32 src, __be32 dst,
					      u8 tos, u8 ttl, __be16 df, __be16 src_port,
					      __be16 dst_port, bool xnet, bool nocheck,
					      u16 ipcb_flags)
{
#if HAVE_UDP_TUNNEL_XMIT_RETURNS
	struct net_device *dev = skb->dev;

	compat_count_sent(dev, udp_tunnel_xmit_skb(rt, sk, skb, src, dst, tos, ttl, df, src_port,
						   dst_port, xnet, nocheck));
#else
	udp_tunnel_xmit_skb(rt, sk, skb, src, dst, tos, ttl, df, src_port, dst_port, xnet,
			    nocheck);
#endif
}
#define udp_tunnel_xmit_skb compat_udp_tunnel_xmit_skb
#endif

#if IS_ENABLED(CONFIG_IPV6) && !HAVE_UDP_TUNNEL6_XMIT_IP6CB
/* The casts are for 6.1, where the addresses are only read but not const. */
static inline void compat_udp_tunnel6_xmit_skb(struct dst_entry *dst, struct sock *sk,
					       struct sk_buff *skb, struct net_device *dev,
					       const struct in6_addr *saddr,
					       const struct in6_addr *daddr, u8 prio, u8 ttl,
					       __be32 label, __be16 src_port, __be16 dst_port,
					       bool nocheck, u16 ip6cb_flags)
{
	udp_tunnel6_xmit_skb(dst, sk, skb, dev, (struct in6_addr *)saddr,
			     (struct in6_addr *)daddr, prio, ttl,
#if !HAVE_UDP_TUNNEL6_XMIT_NO_LABEL
			     label,
#endif
			     src_port, dst_port, nocheck);
}
#define udp_tunnel6_xmit_skb compat_udp_tunnel6_xmit_skb
#endif

#if !HAVE_SETUP_UDP_TUNNEL_SOCK_SK
static inline void compat_setup_udp_tunnel_sock(struct net *net, struct sock *sk,
						struct udp_tunnel_sock_cfg *cfg)
{
	setup_udp_tunnel_sock(net, sk->sk_socket, cfg);
}
#define setup_udp_tunnel_sock compat_setup_udp_tunnel_sock
#endif

/* On success the caller must release *skp by compat_udp_sock_release(). */
static inline int compat_udp_sock_create(struct net *net, struct udp_port_cfg *cfg,
					 struct sock **skp)
{
	struct socket *sock;
	int err = udp_sock_create(net, cfg, &sock);

	if (!err)
		*skp = sock->sk;
	return err;
}

/*
 * A socket of the kernel has no reference to its namespace. RHEL 7 drops the reference when the
 * socket is created, and sock_release() would drop it once more: the namespace would be freed
 * while it is in use. sk_release_kernel() first moves the socket to the initial namespace.
 */
static inline void compat_udp_sock_release(struct sock *sk)
{
#if HAVE_SK_RELEASE_KERNEL
	sk_release_kernel(sk);
#else
	sock_release(sk->sk_socket);
#endif
}

#endif /* WG_COMPAT_UDP_TUNNEL_H */
