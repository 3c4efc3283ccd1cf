// SPDX-License-Identifier: GPL-2.0
/*
 * Routes to peers, and the source address of messages to them.
 */
#include "route.h"

#include <linux/inetdevice.h>
#include <linux/netdevice.h>
#include <linux/security.h>
#include <linux/string.h>
#include <net/addrconf.h>
#include <net/ip.h>
#include <net/l3mdev.h>
#include <net/net_namespace.h>
#include <net/udp_tunnel.h>

void wg_flow4(struct flowi4 *fl, const struct wg_sockets *sockets, struct sock *sk,
	      const struct wg_path *path)
{
	memset(fl, 0, sizeof(*fl));
	fl->saddr = path->local.v4;
	fl->daddr = path->remote.v4.sin_addr.s_addr;
	fl->fl4_sport = inet_sk(sk)->inet_sport;
	fl->fl4_dport = path->remote.v4.sin_port;
	fl->flowi4_mark = READ_ONCE(sockets->fwmark);
	fl->flowi4_proto = IPPROTO_UDP;
}

static struct rtable *wg_lookup4(struct net *net, struct sock *sk, struct flowi4 *fl)
{
	security_sk_classify_flow(sk, flowi4_to_flowi_common(fl));
	return ip_route_output_flow(net, fl, sk);
}

/* Whether @dev is the interface @ingress, or one of them is the VRF of the other. Under RCU. */
static bool wg_ingress_matches(struct net *net, struct net_device *dev, int ingress)
{
	struct net_device *in;

	if (dev->ifindex == ingress || l3mdev_master_ifindex_rcu(dev) == ingress)
		return true;
	in = dev_get_by_index_rcu(net, ingress);
	return in && l3mdev_master_ifindex_rcu(in) == dev->ifindex;
}

/*
 * A route with path->local as the source, the address that the peer sends to. NULL if that address
 * is gone, or if the routing tables lead to another interface than path->ingress.
 */
static struct rtable *wg_find_sticky4(struct wg_sockets *sockets, struct sock *sk,
				      const struct wg_path *path, struct flowi4 *fl)
{
	struct net *net = sock_net(sk);
	struct rtable *rt;

	wg_flow4(fl, sockets, sk, path);
	if (!fl->saddr || !inet_confirm_addr(net, NULL, 0, fl->saddr, RT_SCOPE_HOST))
		return NULL;
	rt = wg_lookup4(net, sk, fl);
	if (IS_ERR(rt))
		return NULL;
	if (path->ingress && !wg_ingress_matches(net, rt->dst.dev, path->ingress)) {
		ip_rt_put(rt);
		return NULL;
	}
	return rt;
}

static bool wg_has_addr4(struct net_device *dev, __be32 addr)
{
	struct in_device *in = __in_dev_get_rcu(dev);

	return in && inet_confirm_addr(dev_net(dev), in, 0, addr, RT_SCOPE_HOST);
}

/*
 * Whether @addr belongs to @own alone, among the devices that may provide the source address of
 * packets over @out. If an unnumbered tunnel shares its address with another device, it does not.
 * Under RCU.
 */
static bool wg_only_own_has_addr4(struct net_device *own, struct net_device *out, __be32 addr)
{
	int domain = l3mdev_master_ifindex_rcu(out);
	struct net_device *dev;

	if (likely(!wg_has_addr4(own, addr)))
		return false;
	for_each_netdev_rcu(dev_net(own), dev) {
		if (dev != own && dev->flags & IFF_UP &&
		    l3mdev_master_ifindex_rcu(dev) == domain && wg_has_addr4(dev, addr))
			return false;
	}
	return true;
}

/* A source address for packets over @out, of a device other than @own; 0 if none. Under RCU. */
static __be32 wg_other_source4(const struct net_device *own, struct net_device *out)
{
	int domain = l3mdev_master_ifindex_rcu(out);
	struct net *net = dev_net(out);
	struct net_device *dev;
	struct in_device *in;
	__be32 addr;

	for_each_netdev_rcu(net, dev) {
		in = __in_dev_get_rcu(dev);
		if (dev == own || !in || !(dev->flags & IFF_UP) ||
		    l3mdev_master_ifindex_rcu(dev) != domain)
			continue;
		addr = inet_confirm_addr(net, in, 0, 0, RT_SCOPE_LINK);
		/* With the sysctl route_localnet the call returns loopback addresses, too. */
		if (addr && !ipv4_is_loopback(addr))
			return addr;
	}
	return 0;
}

/*
 * If the output device has no address, the kernel selects an address of any device, possibly
 * of the tunnel itself. The peer would then send its messages to that address, that is, into
 * the tunnel. Therefore this function selects another source address, except for messages to an
 * address of this host.
 */
static struct rtable *wg_avoid_own4(struct wg_sockets *sockets, struct sock *sk,
				    const struct wg_path *path, struct flowi4 *fl,
				    struct rtable *rt)
{
	struct net_device *own = sockets->dev, *out = rt->dst.dev;
	struct wg_path other = *path;

	if (likely(out == own || out->flags & IFF_LOOPBACK ||
		   !net_eq(dev_net(own), sock_net(sk)) ||
		   !wg_only_own_has_addr4(own, out, fl->saddr)))
		return rt;
	other.local.v4 = wg_other_source4(own, out);
	ip_rt_put(rt);
	if (!other.local.v4)
		return ERR_PTR(-EADDRNOTAVAIL);
	wg_flow4(fl, sockets, sk, &other);
	return wg_lookup4(sock_net(sk), sk, fl);
}

/*
 * If the source address of the endpoint cannot be used, it stays in the endpoint. If it were
 * cleared, the next packet from the peer would set it again and invalidate the cached route.
 */
struct rtable *wg_find_route4(struct wg_sockets *sockets, struct sock *sk,
			      const struct wg_path *path, struct flowi4 *fl)
{
	struct wg_path any = *path;
	struct rtable *rt;

	rt = wg_find_sticky4(sockets, sk, path, fl);
	if (rt)
		return rt;
	any.local.v4 = 0;
	any.ingress = 0;
	wg_flow4(fl, sockets, sk, &any);
	rt = wg_lookup4(sock_net(sk), sk, fl);
	return IS_ERR(rt) ? rt : wg_avoid_own4(sockets, sk, &any, fl, rt);
}

#if IS_ENABLED(CONFIG_IPV6)
void wg_flow6(struct flowi6 *fl, const struct wg_sockets *sockets, struct sock *sk,
	      const struct wg_path *path)
{
	memset(fl, 0, sizeof(*fl));
	fl->saddr = path->local.v6;
	fl->daddr = path->remote.v6.sin6_addr;
	fl->fl6_sport = inet_sk(sk)->inet_sport;
	fl->fl6_dport = path->remote.v6.sin6_port;
	fl->flowi6_mark = READ_ONCE(sockets->fwmark);
	fl->flowi6_oif = path->remote.v6.sin6_scope_id;
	fl->flowi6_proto = IPPROTO_UDP;
}

static struct dst_entry *wg_lookup6(struct net *net, struct sock *sk, struct flowi6 *fl)
{
	security_sk_classify_flow(sk, flowi6_to_flowi_common(fl));
	return ip6_dst_lookup_flow(net, sk, fl, NULL);
}

/*
 * A route with path->local as the source, the address that the peer sends to. NULL if that address
 * is gone or belongs to another VRF than the route.
 */
static struct dst_entry *wg_find_sticky6(struct wg_sockets *sockets, struct sock *sk,
					 const struct wg_path *path, struct flowi6 *fl)
{
	struct net *net = sock_net(sk);
	struct dst_entry *dst;

	wg_flow6(fl, sockets, sk, path);
	if (ipv6_addr_any(&fl->saddr))
		return NULL;
	dst = wg_lookup6(net, sk, fl);
	if (IS_ERR(dst))
		return NULL;
	/* The address is in the VRF of the route's device, or in no VRF. */
	if (ipv6_chk_addr(net, &fl->saddr, dst->dev, 0) ||
	    ipv6_chk_addr(net, &fl->saddr, NULL, 0))
		return dst;
	dst_release(dst);
	return NULL;
}

/* Rank of an address of @dev as the source of packets over @out; 0: not usable. */
static int wg_rank_source6(const struct inet6_ifaddr *ifa, const struct net_device *dev,
			   const struct net_device *out)
{
	int type = ipv6_addr_type(&ifa->addr);

	if (ifa->flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED) || type & IPV6_ADDR_LOOPBACK)
		return 0;
	if (type & IPV6_ADDR_LINKLOCAL)
		return dev == out ? 1 : 0;
	return dev == out ? 3 : 2;
}

/* As wg_only_own_has_addr4(). */
static bool wg_only_own_has_addr6(const struct net_device *own, struct net_device *out,
				  const struct in6_addr *addr)
{
	int domain = l3mdev_master_ifindex_rcu(out);
	struct net *net = dev_net(own);
	struct net_device *dev;

	if (likely(!ipv6_chk_addr(net, addr, own, 1)))
		return false;
	for_each_netdev_rcu(net, dev) {
		if (dev != own && dev->flags & IFF_UP &&
		    l3mdev_master_ifindex_rcu(dev) == domain && ipv6_chk_addr(net, addr, dev, 1))
			return false;
	}
	return true;
}

/* A source address for packets over @out, of a device other than @own; :: if none. Under RCU. */
static struct in6_addr wg_other_source6(const struct net_device *own, struct net_device *out)
{
	int domain = l3mdev_master_ifindex_rcu(out), best = 0, rank;
	struct in6_addr addr = in6addr_any;
	struct inet6_ifaddr *ifa;
	struct net_device *dev;
	struct inet6_dev *in;

	for_each_netdev_rcu(dev_net(out), dev) {
		in = __in6_dev_get(dev);
		if (dev == own || !in || !(dev->flags & IFF_UP) ||
		    l3mdev_master_ifindex_rcu(dev) != domain)
			continue;
		read_lock_bh(&in->lock);
		list_for_each_entry(ifa, &in->addr_list, if_list) {
			rank = wg_rank_source6(ifa, dev, out);
			if (rank > best) {
				best = rank;
				addr = ifa->addr;
			}
		}
		read_unlock_bh(&in->lock);
	}
	return addr;
}

/* As wg_avoid_own4(). For IPv6 this also happens if @out has only link-local addresses. */
static struct dst_entry *wg_avoid_own6(struct wg_sockets *sockets, struct sock *sk,
				       const struct wg_path *path, struct flowi6 *fl,
				       struct dst_entry *dst)
{
	struct net_device *own = sockets->dev, *out = dst->dev;
	struct wg_path other = *path;
	struct net *net = sock_net(sk);

	if (likely(out == own || out->flags & IFF_LOOPBACK || !net_eq(dev_net(own), net) ||
		   !wg_only_own_has_addr6(own, out, &fl->saddr)))
		return dst;
	other.local.v6 = wg_other_source6(own, out);
	dst_release(dst);
	if (ipv6_addr_any(&other.local.v6))
		return ERR_PTR(-EADDRNOTAVAIL);
	wg_flow6(fl, sockets, sk, &other);
	return wg_lookup6(net, sk, fl);
}

struct dst_entry *wg_find_route6(struct wg_sockets *sockets, struct sock *sk,
				 const struct wg_path *path, struct flowi6 *fl)
{
	struct wg_path any = *path;
	struct dst_entry *dst;

	dst = wg_find_sticky6(sockets, sk, path, fl);
	if (dst)
		return dst;
	any.local.v6 = in6addr_any;
	wg_flow6(fl, sockets, sk, &any);
	dst = wg_lookup6(sock_net(sk), sk, fl);
	return IS_ERR(dst) ? dst : wg_avoid_own6(sockets, sk, &any, fl, dst);
}
#endif
