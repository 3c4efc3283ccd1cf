// SPDX-License-Identifier: GPL-2.0
/*
 * Sending messages to endpoints through the sockets of a device.
 *
 * A route is looked up with a copy of the path and without the lock of the endpoint. It is
 * cached only if the endpoint's generation has not changed since the copy. So a CPU that
 * looks up a route while the peer roams cannot leave the old route in the cache.
 */
#include "socket.h"

#include <linux/string.h>
#include <net/ip.h>
#include <net/net_namespace.h>
#include <net/udp.h>
#include <net/udp_tunnel.h>
#include "aggregate.h"
#include "route.h"
#include "skb_copy.h"

/* A snapshot of an endpoint. @endpoint is NULL for a reply, which has no peer. */
struct wg_target {
	struct wg_endpoint *endpoint;
	struct wg_path path;
	unsigned int generation;
};

/* What wg_count_others() needs. */
struct wg_counting {
	/* Its messages except the first one, which the tunnel code counts. */
	unsigned int others;
	/* The packets that this CPU had sent before. Only if @others is not 0. */
	u64 sent;
};

/*
 * Counts the messages that the tunnel code does not count, as sent or as dropped. Messages of a
 * nested tunnel through the same device are sent later, by a worker. With PREEMPT_RT another task
 * may send on this CPU meanwhile; then a loss may count as sent.
 */
static void wg_count_others(struct wg_sockets *sockets, const struct wg_counting *counting,
			    sa_family_t family)
{
	if (!counting->others)
		return;
	if (likely(compat_tx_packets(sockets->dev) != counting->sent))
		dev_sw_netstats_tx_add(sockets->dev, counting->others, 0);
	else if (family == AF_INET)
		this_cpu_add(sockets->stats->more_dropped, counting->others);
	else
		this_cpu_add(sockets->stats->more_failed, counting->others);
}

/*
 * Clears fields that must not affect the outer packet, and sets those that UDP GSO needs. The IP
 * layer reads skb->cb as its own
 * control block, and before 4.10 ip6tunnel_xmit() does not clear it.
 */
static void wg_prepare_outer(struct wg_sockets *sockets, struct sk_buff *skb,
			     struct wg_counting *counting)
{
	counting->others = wg_aggregate_count(skb) - 1;
	if (counting->others) {
		counting->sent = compat_tx_packets(sockets->dev);
		/* As for a socket with UDP_SEGMENT. udp_set_csum() fills in the pseudo header. */
		skb->ip_summed = CHECKSUM_PARTIAL;
		skb->csum_start = skb_headroom(skb) - sizeof(struct udphdr);
		skb->csum_offset = offsetof(struct udphdr, check);
	}
	memset(skb->cb, 0, sizeof(skb->cb));
	skb_scrub_packet(skb, true);
	skb->mark = READ_ONCE(sockets->fwmark);
	skb->dev = sockets->dev;
	skb->ignore_df = 1;
}

/*
 * The endpoint whose route cache may be used, or NULL. Called within the RCU section in which
 * the cache is used: see wg_endpoint_close().
 */
static struct wg_endpoint *wg_cached_endpoint(const struct wg_target *target)
{
	struct wg_endpoint *endpoint = target->endpoint;

	return endpoint && !READ_ONCE(endpoint->closed) ? endpoint : NULL;
}

/*
 * Whether a cached route is for the path of @target. After wg_target_init() another task on
 * this CPU may have filled the cache for a newer path, possibly of the other family. That
 * task saw the newer generation, so this task sees it as well.
 */
static bool wg_cache_is_for(const struct wg_target *target)
{
	return likely(READ_ONCE(target->endpoint->generation) == target->generation);
}

/*
 * Splits aggregates that cannot leave as one packet over the route @dst: those whose messages would
 * become IP fragments, and all if IPsec applies, as for a socket with UDP_SEGMENT. Batches that
 * are encrypted afterwards have none of these.
 * @header: length of the outer IP header
 */
static void wg_fit(struct wg_sockets *sockets, const struct wg_target *target,
		   struct sk_buff_head *packets, const struct dst_entry *dst, unsigned int header)
{
	unsigned int mtu = dst_mtu(dst), limit = 0, lost = 0;
	struct sk_buff *skb, *next;

	header += sizeof(struct udphdr);
	if (likely(mtu > header && !dst_xfrm(dst)))
		limit = min_t(unsigned int, mtu - header, U16_MAX);
	if (target->endpoint)
		wg_endpoint_set_aggregate_limit(target->endpoint, limit);
	skb_queue_walk_safe(packets, skb, next) {
		if (skb_is_gso(skb) && unlikely(skb_shinfo(skb)->gso_size > limit))
			lost += wg_aggregate_split(skb, packets, WG_OUTER_HEADROOM);
	}
	if (unlikely(lost))
		wg_stats_count_many(sockets->stats, WG_DROP_TX_NO_MEMORY, lost);
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

static int wg_send4(struct wg_sockets *sockets, const struct wg_target *target,
		    struct wg_sending *sending, struct sk_buff_head *packets)
{
	struct rtable *rt = NULL;
	struct wg_endpoint *endpoint;
	struct wg_counting counting;
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

	wg_fit(sockets, target, packets, &rt->dst, sizeof(struct iphdr));
	if (unlikely(skb_queue_empty(packets)))
		dst_release(&rt->dst);
	while ((skb = __skb_dequeue(packets))) {
		u8 tos = wg_outer_cb(skb)->tos;

		/* Each packet consumes a reference; the last one consumes that of the lookup. */
		if (!skb_queue_empty(packets))
			dst_hold(&rt->dst);
		wg_sending_next(sending, target->endpoint, skb);
		wg_prepare_outer(sockets, skb, &counting);
		udp_tunnel_xmit_skb(rt, sk, skb, fl.saddr, fl.daddr, tos,
				    ip4_dst_hoplimit(&rt->dst), 0, fl.fl4_sport, fl.fl4_dport,
				    false, false, 0);
		wg_count_others(sockets, &counting, AF_INET);
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

static int wg_send6(struct wg_sockets *sockets, const struct wg_target *target,
		    struct wg_sending *sending, struct sk_buff_head *packets)
{
	struct dst_entry *dst = NULL;
	struct wg_endpoint *endpoint;
	struct wg_counting counting;
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

	wg_fit(sockets, target, packets, dst, sizeof(struct ipv6hdr));
	if (unlikely(skb_queue_empty(packets)))
		dst_release(dst);
	while ((skb = __skb_dequeue(packets))) {
		u8 tos = wg_outer_cb(skb)->tos;

		if (!skb_queue_empty(packets))
			dst_hold(dst);
		wg_sending_next(sending, target->endpoint, skb);
		wg_prepare_outer(sockets, skb, &counting);
		udp_tunnel6_xmit_skb(dst, sk, skb, skb->dev, &fl.saddr, &fl.daddr, tos,
				     ip6_dst_hoplimit(dst), 0, fl.fl6_sport, fl.fl6_dport,
				     false, 0);
		wg_count_others(sockets, &counting, AF_INET6);
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
		net_dbg_ratelimited("%s: cannot send to %pISpfsc, the only source address belongs to the tunnel\n",
				    sockets->dev->name, &target->path.remote.any);
		return;
	default:
		net_dbg_ratelimited("%s: cannot send to %pISpfsc, error %d\n",
				    sockets->dev->name, &target->path.remote.any, err);
	}
}

static int wg_send(struct wg_sockets *sockets, const struct wg_target *target,
		   struct sk_buff_head *packets)
{
	struct wg_sending sending;
	int ret = -EDESTADDRREQ;
	struct net *net;

	/* RCU protects sockets and cache; the cache and struct wg_sending need softirqs off. */
	rcu_read_lock();
	local_bh_disable();
	wg_sending_begin(&sending, &target->path);
	net = rcu_dereference(sockets->creating_net);
	/* An exiting namespace loses its packet filters before it loses its sockets. */
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

/* udp_tunnel_xmit_skb() counts the losses after the lookup. */
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

	skb = wg_alloc_with_headroom(WG_OUTER_HEADROOM, len);
	if (unlikely(!skb))
		return -ENOMEM;
	skb_set_inner_network_header(skb, 0);
	skb_put_data(skb, data, len);
	wg_outer_cb_init(skb, tos, NULL);
	__skb_queue_head_init(&packets);
	__skb_queue_tail(&packets, skb);
	return wg_send(sockets, target, &packets);
}

int wg_sockets_send_bytes(struct wg_sockets *sockets, struct wg_endpoint *endpoint,
			  const void *data, size_t len, u8 tos)
{
	struct wg_target target;

	wg_target_init(&target, endpoint);
	return wg_send_bytes(sockets, &target, data, len, tos);
}

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
