// SPDX-License-Identifier: GPL-2.0
/*
 * UDP sockets in the creating namespace of a device, and sending to endpoints.
 *
 * A route is looked up with a copy of the endpoint and without its lock, and
 * cached only if the endpoint is still the one that it was looked up for: the
 * generation tells. So a sender that was overtaken by roaming cannot leave the
 * old way in the cache.
 *
 * A peer may be reached through another peer of the same device, or through
 * another device of this module (one tunnel inside another), but not through
 * itself. A loop cannot be predicted from the routing tables: netfilter may route
 * a message again after the look-up. So it is recognised by a message that enters
 * a device of this module while it is being sent: see struct wg_sending.
 */
#include "socket.h"

#include <linux/bug.h>
#include <linux/inetdevice.h>
#include <linux/percpu.h>
#include <linux/rtnetlink.h>
#include <linux/sched.h>
#include <linux/security.h>
#include <linux/string.h>
#include <net/addrconf.h>
#include <net/ip.h>
#include <net/l3mdev.h>
#include <net/net_namespace.h>
#include <net/route.h>
#include <net/sch_generic.h>
#include <net/udp.h>
#include <net/udp_tunnel.h>
#include "messages.h"

/* Tries for a port that is free in both families, where any will do. */
#define WG_PORT_TRIES 100
/* dev_recursion_level() in our ndo_start_xmit() when no other device's is on the stack. */
#define WG_OWN_RECURSION 1

/* An endpoint as it was at one time. */
struct wg_target {
	struct wg_endpoint *endpoint;
	struct wg_path path;
	unsigned int generation;
};

/*
 * What the tasks on this CPU are sending, newest first. A task sends with softirqs
 * disabled, so it stays on the CPU. On PREEMPT_RT another task can preempt it in
 * the middle and send as well. Hence each task looks for its own entries, and the
 * list changes with preemption disabled.
 */
static DEFINE_PER_CPU(struct hlist_head, wg_sendings);

static void wg_sending_begin(struct wg_sending *sending, const struct wg_target *target)
{
	sending->task = current;
	sending->to = &target->path;
	sending->nested = 0;
	preempt_disable();
	hlist_add_head(&sending->node, this_cpu_ptr(&wg_sendings));
	preempt_enable();
}

static void wg_sending_end(struct wg_sending *sending)
{
	preempt_disable();
	hlist_del(&sending->node);
	preempt_enable();
}

/* Before @skb is handed over: the stack uses its control block. */
static void wg_sending_next(struct wg_sending *sending, const struct wg_endpoint *endpoint,
			    struct sk_buff *skb)
{
	const struct wg_outer_cb *cb = wg_outer_cb(skb);

	sending->nested = cb->nested;
	memcpy(sending->ids, cb->ids, cb->nested * sizeof(cb->ids[0]));
	if (likely(endpoint))
		sending->ids[sending->nested++] = endpoint->id;
}

/* The innermost message that this task is sending, or NULL. With softirqs disabled. */
static const struct wg_sending *wg_sending_innermost(void)
{
	const struct wg_sending *sending;

	preempt_disable();
	hlist_for_each_entry(sending, this_cpu_ptr(&wg_sendings), node)
		if (sending->task == current)
			break;
	preempt_enable();
	return sending;
}

/*
 * wg_may_send_here - whether the stack has room for sending at once, or a worker must
 *
 * With softirqs disabled. Not where this task is sending a message already: one
 * tunnel inside another would nest all of both on one kernel stack. Not below
 * other devices either: the kernel limits how deep ndo_start_xmit() nests, and the
 * devices above this one would leave too few levels to those below.
 */
bool wg_may_send_here(void)
{
	return !wg_sending_innermost() && dev_recursion_level() <= WG_OWN_RECURSION;
}

static bool wg_addressed_to(const struct sk_buff *skb, const struct wg_path *path)
{
	if (path->remote.any.sa_family == AF_INET)
		return skb->protocol == htons(ETH_P_IP) &&
		       ip_hdr(skb)->daddr == path->remote.v4.sin_addr.s_addr;
	return skb->protocol == htons(ETH_P_IPV6) &&
	       ipv6_addr_equal(&ipv6_hdr(skb)->daddr, &path->remote.v6.sin6_addr);
}

static bool wg_has_queue(const struct net_device *dev)
{
	return rcu_dereference_bh(netdev_get_tx_queue(dev, 0)->qdisc)->enqueue;
}

/*
 * wg_sending_around - the message of this module that @skb, on transmit, is or carries
 *
 * With softirqs disabled, by ndo_start_xmit(). Return: NULL where there is none. A
 * queueing discipline on @dev may hand over packets that have nothing to do with
 * the message that made it run; so they must be for the message's destination.
 */
const struct wg_sending *wg_sending_around(const struct net_device *dev,
					   const struct sk_buff *skb)
{
	const struct wg_sending *sending = wg_sending_innermost();

	if (likely(!sending))
		return NULL;
	return !wg_has_queue(dev) || wg_addressed_to(skb, sending->to) ? sending : NULL;
}

/* wg_sending_loops - @around, NULL or not, is wrapped for @route already, or too often */
bool wg_sending_loops(const struct wg_sending *around, const struct wg_endpoint *endpoint)
{
	unsigned int i;

	if (likely(!around))
		return false;
	for (i = 0; i < around->nested; i++)
		if (around->ids[i] == endpoint->id)
			return true;
	return around->nested == WG_MAX_NESTED;
}

/* wg_outer_cb_init - fill in the control block; @around does not loop: see above */
void wg_outer_cb_init(struct sk_buff *skb, u8 tos, const struct wg_sending *around)
{
	struct wg_outer_cb *cb = wg_outer_cb(skb);

	cb->tos = tos;
	cb->nested = 0;
	if (likely(!around))
		return;
	cb->nested = around->nested;
	memcpy(cb->ids, around->ids, around->nested * sizeof(cb->ids[0]));
}

/*
 * Clears what must not reach the outer packet. The IP layer reads skb->cb as its own, and
 * before 4.10 ip6tunnel_xmit() does not clear it.
 */
static void wg_prepare_outer(struct wg_sockets *sockets, struct sk_buff *skb)
{
	memset(skb->cb, 0, sizeof(skb->cb));
	skb_scrub_packet(skb, true);
	skb->mark = READ_ONCE(sockets->fwmark);
	skb->dev = sockets->dev;
	skb->ignore_df = 1;
}

/*
 * The route whose cache may be used for this, or NULL. Asked within the RCU section
 * in which the cache is used: see wg_endpoint_close().
 */
static struct wg_endpoint *wg_cached_endpoint(const struct wg_target *target)
{
	struct wg_endpoint *endpoint = target->endpoint;

	return endpoint && !READ_ONCE(endpoint->closed) ? endpoint : NULL;
}

/*
 * Whether what was found in the cache is for the endpoint of @target. Another task on this
 * CPU may have filled the cache for a newer endpoint, even of the other family, after
 * wg_target_init(). It saw the newer generation, so this task sees it as well.
 */
static bool wg_cache_is_for(const struct wg_target *target)
{
	return likely(READ_ONCE(target->endpoint->generation) == target->generation);
}

static void wg_cache_dst4(const struct wg_target *target, struct rtable *rt, __be32 saddr)
{
	struct wg_endpoint *endpoint = wg_cached_endpoint(target);

	if (!endpoint)
		return;
	read_lock_bh(&endpoint->lock);
	if (endpoint->generation == target->generation)
		dst_cache_set_ip4(&endpoint->cache, &rt->dst, saddr);
	read_unlock_bh(&endpoint->lock);
}

static void wg_flow4(struct flowi4 *fl, const struct wg_sockets *sockets, struct sock *sk,
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

/* @dev is where packets came in, or of the same VRF. Under RCU. */
static bool wg_is_way_back(struct net *net, struct net_device *dev, int ingress)
{
	struct net_device *in;

	if (dev->ifindex == ingress || l3mdev_master_ifindex_rcu(dev) == ingress)
		return true;
	in = dev_get_by_index_rcu(net, ingress);
	return in && l3mdev_master_ifindex_rcu(in) == dev->ifindex;
}

/* From the address that the peer sent to, or NULL where the routing tables lead elsewhere. */
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
	if (path->ingress && !wg_is_way_back(net, rt->dst.dev, path->ingress)) {
		ip_rt_put(rt);
		return NULL;
	}
	return rt;
}

static bool wg_is_of4(struct net_device *dev, __be32 addr)
{
	struct in_device *in = __in_dev_get_rcu(dev);

	return in && inet_confirm_addr(dev_net(dev), in, 0, addr, RT_SCOPE_HOST);
}

/*
 * Whether an address is of @own and of no other device from which packets by @out may come: an
 * unnumbered tunnel shares one. Under RCU.
 */
static bool wg_is_own_only4(struct net_device *own, struct net_device *out, __be32 addr)
{
	int domain = l3mdev_master_ifindex_rcu(out);
	struct net_device *dev;

	if (likely(!wg_is_of4(own, addr)))
		return false;
	for_each_netdev_rcu(dev_net(own), dev) {
		if (dev != own && dev->flags & IFF_UP &&
		    l3mdev_master_ifindex_rcu(dev) == domain && wg_is_of4(dev, addr))
			return false;
	}
	return true;
}

/* An address for packets by @out that is not of @own; 0 where there is none. Under RCU. */
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
		/* Of that scope, too, where the sysctl route_localnet is on. */
		if (addr && !ipv4_is_loopback(addr))
			return addr;
	}
	return 0;
}

/*
 * Where the device that a route leads to has no address the kernel takes one of any
 * device, the tunnel's as well. The peer would then send its messages there, that
 * is, into the tunnel. Messages to an address of this host are exempt.
 */
static struct rtable *wg_avoid_own4(struct wg_sockets *sockets, struct sock *sk,
				    const struct wg_path *path, struct flowi4 *fl,
				    struct rtable *rt)
{
	struct net_device *own = sockets->dev, *out = rt->dst.dev;
	struct wg_path other = *path;

	if (likely(out == own || out->flags & IFF_LOOPBACK ||
		   !net_eq(dev_net(own), sock_net(sk)) || !wg_is_own_only4(own, out, fl->saddr)))
		return rt;
	other.local.v4 = wg_other_source4(own, out);
	ip_rt_put(rt);
	if (!other.local.v4)
		return ERR_PTR(-EADDRNOTAVAIL);
	wg_flow4(fl, sockets, sk, &other);
	return wg_lookup4(sock_net(sk), sk, fl);
}

/*
 * The endpoint keeps its source address. If that were cleared, the next packet from the peer
 * would set it again and invalidate the cached route.
 */
static struct rtable *wg_find_route4(struct wg_sockets *sockets, struct sock *sk,
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

static int wg_send4(struct wg_sockets *sockets, const struct wg_target *target,
		    struct wg_sending *sending, struct sk_buff_head *packets)
{
	struct rtable *rt = NULL;
	struct wg_endpoint *endpoint;
	struct sk_buff *skb;
	struct flowi4 fl;
	struct sock *sk;

	sk = rcu_dereference(sockets->sock4);
	if (unlikely(!sk))
		return -ENONET;

	wg_flow4(&fl, sockets, sk, &target->path);
	endpoint = wg_cached_endpoint(target);
	if (likely(endpoint))
		rt = dst_cache_get_ip4(&endpoint->cache, &fl.saddr);
	if (rt && !wg_cache_is_for(target)) {
		dst_release(&rt->dst);
		rt = NULL;
	}
	if (!rt) {
		rt = wg_find_route4(sockets, sk, &target->path, &fl);
		if (IS_ERR(rt))
			return PTR_ERR(rt);
		wg_cache_dst4(target, rt, fl.saddr);
	}

	while ((skb = __skb_dequeue(packets))) {
		u8 tos = wg_outer_cb(skb)->tos;

		/* Each packet takes a reference of its own; the last one ours. */
		if (!skb_queue_empty(packets))
			dst_hold(&rt->dst);
		wg_sending_next(sending, target->endpoint, skb);
		wg_prepare_outer(sockets, skb);
		udp_tunnel_xmit_skb(rt, sk, skb, fl.saddr, fl.daddr, tos,
				    ip4_dst_hoplimit(&rt->dst), 0, fl.fl4_sport, fl.fl4_dport,
				    false, false, 0);
	}
	return 0;
}

#if IS_ENABLED(CONFIG_IPV6)
static void wg_cache_dst6(const struct wg_target *target, struct dst_entry *dst,
			  const struct in6_addr *saddr)
{
	struct wg_endpoint *endpoint = wg_cached_endpoint(target);

	if (!endpoint)
		return;
	read_lock_bh(&endpoint->lock);
	if (endpoint->generation == target->generation)
		dst_cache_set_ip6(&endpoint->cache, dst, saddr);
	read_unlock_bh(&endpoint->lock);
}

static void wg_flow6(struct flowi6 *fl, const struct wg_sockets *sockets, struct sock *sk,
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

/* From the address that the peer sent to, or NULL where the routing tables lead elsewhere. */
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
	/* Of the VRF that the route's device is in, or of none. */
	if (ipv6_chk_addr(net, &fl->saddr, dst->dev, 0) ||
	    ipv6_chk_addr(net, &fl->saddr, NULL, 0))
		return dst;
	dst_release(dst);
	return NULL;
}

/* How good a source this address of @dev is for packets by @out; 0 is none. */
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

/* As wg_is_own_only4(). */
static bool wg_is_own_only6(const struct net_device *own, struct net_device *out,
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

/* An address for packets by @out that is not of @own, or none. Under RCU. */
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

/* As wg_avoid_own4(). For IPv6 it is enough that @out has only link-local addresses. */
static struct dst_entry *wg_avoid_own6(struct wg_sockets *sockets, struct sock *sk,
				       const struct wg_path *path, struct flowi6 *fl,
				       struct dst_entry *dst)
{
	struct net_device *own = sockets->dev, *out = dst->dev;
	struct wg_path other = *path;
	struct net *net = sock_net(sk);

	if (likely(out == own || out->flags & IFF_LOOPBACK || !net_eq(dev_net(own), net) ||
		   !wg_is_own_only6(own, out, &fl->saddr)))
		return dst;
	other.local.v6 = wg_other_source6(own, out);
	dst_release(dst);
	if (ipv6_addr_any(&other.local.v6))
		return ERR_PTR(-EADDRNOTAVAIL);
	wg_flow6(fl, sockets, sk, &other);
	return wg_lookup6(net, sk, fl);
}

static struct dst_entry *wg_find_route6(struct wg_sockets *sockets, struct sock *sk,
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

static int wg_send6(struct wg_sockets *sockets, const struct wg_target *target,
		    struct wg_sending *sending, struct sk_buff_head *packets)
{
	struct dst_entry *dst = NULL;
	struct wg_endpoint *endpoint;
	struct sk_buff *skb;
	struct flowi6 fl;
	struct sock *sk;

	sk = rcu_dereference(sockets->sock6);
	if (unlikely(!sk))
		return -ENONET;

	wg_flow6(&fl, sockets, sk, &target->path);
	endpoint = wg_cached_endpoint(target);
	if (likely(endpoint))
		dst = dst_cache_get_ip6(&endpoint->cache, &fl.saddr);
	if (dst && !wg_cache_is_for(target)) {
		dst_release(dst);
		dst = NULL;
	}
	if (!dst) {
		dst = wg_find_route6(sockets, sk, &target->path, &fl);
		if (IS_ERR(dst))
			return PTR_ERR(dst);
		wg_cache_dst6(target, dst, &fl.saddr);
	}

	while ((skb = __skb_dequeue(packets))) {
		u8 tos = wg_outer_cb(skb)->tos;

		if (!skb_queue_empty(packets))
			dst_hold(dst);
		wg_sending_next(sending, target->endpoint, skb);
		wg_prepare_outer(sockets, skb);
		udp_tunnel6_xmit_skb(dst, sk, skb, skb->dev, &fl.saddr, &fl.daddr, tos,
				     ip6_dst_hoplimit(dst), 0, fl.fl6_sport, fl.fl6_dport,
				     false, 0);
	}
	return 0;
}
#else
static int wg_send6(struct wg_sockets *sockets, const struct wg_target *target,
		    struct wg_sending *sending, struct sk_buff_head *packets)
{
	return -EAFNOSUPPORT;
}
#endif

static void wg_log_unsent(const struct wg_sockets *sockets, const struct wg_target *target, int err)
{
	switch (err) {
	case -EDESTADDRREQ:
	case -ENONET:
		return;
	case -EADDRNOTAVAIL:
		net_dbg_ratelimited("%s: No source address for packets to %pISpfsc except the tunnel's own\n",
				    sockets->dev->name, &target->path.remote.any);
		return;
	default:
		net_dbg_ratelimited("%s: No route to %pISpfsc, error %d\n",
				    sockets->dev->name, &target->path.remote.any, err);
	}
}

static int wg_send(struct wg_sockets *sockets, const struct wg_target *target,
		   struct sk_buff_head *packets)
{
	struct wg_sending sending;
	int ret = -EDESTADDRREQ;
	struct net *net;

	/* RCU for devices and sockets, softirqs off for the route cache and struct wg_sending. */
	rcu_read_lock();
	local_bh_disable();
	wg_sending_begin(&sending, target);
	net = rcu_dereference(sockets->creating_net);
	/* A namespace that ends has lost its packet filters before its sockets. */
	if (unlikely(!net || !check_net(net)))
		ret = -ENONET;
	else if (target->path.remote.any.sa_family == AF_INET)
		ret = wg_send4(sockets, target, &sending, packets);
	else if (target->path.remote.any.sa_family == AF_INET6)
		ret = wg_send6(sockets, target, &sending, packets);
	wg_sending_end(&sending);
	local_bh_enable();
	rcu_read_unlock();
	__skb_queue_purge(packets);
	if (unlikely(ret))
		wg_log_unsent(sockets, target, ret);
	return ret;
}

static void wg_target_init(struct wg_target *target, struct wg_endpoint *endpoint)
{
	target->endpoint = endpoint;
	read_lock_bh(&endpoint->lock);
	target->path = endpoint->path;
	target->generation = endpoint->generation;
	read_unlock_bh(&endpoint->lock);
}

/*
 * wg_sockets_send - send messages to where a peer is
 * @packets: data begins at the WireGuard header, with WG_OUTER_HEADROOM in
 *	front where that can be, and wg_outer_cb() filled in; taken over whole
 *
 * Softirq or process context. Return: 0, or why nothing was sent: -EDESTADDRREQ
 * without an endpoint, -ENONET while the sockets are closed, -EADDRNOTAVAIL where
 * the tunnel has the only source address, or what the route lookup says. What is
 * lost beyond the route shows in the device's own counters.
 */
int wg_sockets_send(struct wg_sockets *sockets, struct wg_endpoint *endpoint,
		    struct sk_buff_head *packets)
{
	struct wg_target target;

	wg_target_init(&target, endpoint);
	return wg_send(sockets, &target, packets);
}

static int wg_send_bytes(struct wg_sockets *sockets, const struct wg_target *target,
			 const void *data, size_t len, u8 tos)
{
	struct sk_buff_head packets;
	struct sk_buff *skb;

	skb = alloc_skb(WG_OUTER_HEADROOM + len, GFP_ATOMIC);
	if (unlikely(!skb))
		return -ENOMEM;
	skb_reserve(skb, WG_OUTER_HEADROOM);
	skb_set_inner_network_header(skb, 0);
	skb_put_data(skb, data, len);
	wg_outer_cb_init(skb, tos, NULL);
	__skb_queue_head_init(&packets);
	__skb_queue_tail(&packets, skb);
	return wg_send(sockets, target, &packets);
}

/* wg_sockets_send_bytes - the same for a message that is no skb yet; -ENOMEM besides */
int wg_sockets_send_bytes(struct wg_sockets *sockets, struct wg_endpoint *endpoint,
			  const void *data, size_t len, u8 tos)
{
	struct wg_target target;

	wg_target_init(&target, endpoint);
	return wg_send_bytes(sockets, &target, data, len, tos);
}

/* wg_sockets_reply - send a handshake message back to where @to came from */
int wg_sockets_reply(struct wg_sockets *sockets, const struct sk_buff *to,
		     const void *data, size_t len)
{
	struct wg_target target = { .endpoint = NULL };
	int ret;

	ret = wg_path_from_skb(&target.path, to);
	if (ret)
		return ret;
	return wg_send_bytes(sockets, &target, data, len, 0);
}

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
	/* While the control block is the IP stack's. */
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

	/* The kernel would give back another address: see struct wg_sockets. */
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

/* Receivers find no device from here on. A grace period must pass before wg_socket_free(). */
static void wg_socket_detach(struct sock *sk)
{
	if (sk)
		rcu_assign_sk_user_data(sk, NULL);
}

/*
 * For a socket that is detached, a grace period later. udp_tunnel_sock_release() would wait
 * for one itself: for each socket, not expedited, with RTNL held. Here one grace period
 * serves for any number of sockets.
 *
 * sk_set_memalloc() took a reference on the global static key of sockets that may use the
 * memory reserves. Without giving it back all sockets of the machine take the slow paths for
 * swapping over the network.
 */
static void wg_socket_free(struct sock *sk)
{
	if (!sk)
		return;
	sk_clear_memalloc(sk);
	kernel_sock_shutdown(sk->sk_socket, SHUT_RDWR);
	sock_release(sk->sk_socket);
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
		/* IPv6 switched off at boot is no reason to fail. */
		if (!ret || ret == -EAFNOSUPPORT)
			return 0;
		/* What it has received meanwhile may still be on its way to the device. */
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
	/* Senders and receivers may still be using them. */
	if (old4 || old6)
		synchronize_net();
	wg_socket_free(old4);
	wg_socket_free(old6);
}

/*
 * wg_sockets_open - open sockets on @port, in place of those open before
 * @port: in host order; 0 is any that is free
 *
 * Under RTNL. Return: 0; -ENONET where the creating namespace is gone; -EADDRINUSE and
 * the like, also for the port that is open already. On error what was open stays.
 */
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
	/* Shown in the log: else "ip link set up" fails with no more than an error number. */
	if (ret)
		net_err_ratelimited("%s: Cannot create sockets on port %u, error %d\n",
				    sockets->dev->name, port, ret);
	else
		wg_sockets_replace(sockets, sk4, sk6);
	put_net(net);
	return ret;
}

/*
 * wg_sockets_detach - first half of closing: senders find no sockets, receivers no device
 *
 * Under RTNL, as is wg_sockets_release(). A grace period must pass between the two: one
 * for any number of devices.
 */
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

/* wg_sockets_release - second half: what was detached, if anything, is closed */
void wg_sockets_release(struct wg_sockets *sockets)
{
	ASSERT_RTNL();
	wg_socket_free(sockets->closing4);
	wg_socket_free(sockets->closing6);
	sockets->closing4 = NULL;
	sockets->closing6 = NULL;
}
