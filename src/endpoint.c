// SPDX-License-Identifier: GPL-2.0
/*
 * Endpoints: the path to a peer and the cached route. route.c looks routes up.
 */
#include "endpoint.h"

#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/string.h>
#include <linux/udp.h>
#include <net/ipv6.h>

static atomic_t wg_endpoint_ids = ATOMIC_INIT(0);

/*
 * wg_path_from_skb - the path of a received datagram
 * @skb: with the outer network and transport headers set
 *
 * Return: 0, or -EINVAL if @skb is neither IPv4 nor IPv6.
 */
int wg_path_from_skb(struct wg_path *path, const struct sk_buff *skb)
{
	memset(path, 0, sizeof(*path));
	if (skb->protocol == htons(ETH_P_IP)) {
		path->remote.v4.sin_family = AF_INET;
		path->remote.v4.sin_port = udp_hdr(skb)->source;
		path->remote.v4.sin_addr.s_addr = ip_hdr(skb)->saddr;
		path->local.v4 = ip_hdr(skb)->daddr;
		path->ingress = skb->skb_iif;
		return 0;
	}
	if (IS_ENABLED(CONFIG_IPV6) && skb->protocol == htons(ETH_P_IPV6)) {
		path->remote.v6.sin6_family = AF_INET6;
		path->remote.v6.sin6_port = udp_hdr(skb)->source;
		path->remote.v6.sin6_addr = ipv6_hdr(skb)->saddr;
		path->remote.v6.sin6_scope_id =
			ipv6_iface_scope_id(&ipv6_hdr(skb)->saddr, skb->skb_iif);
		path->local.v6 = ipv6_hdr(skb)->daddr;
		return 0;
	}
	return -EINVAL;
}

/* wg_path_equal - compare addresses, port and interface of two paths */
bool wg_path_equal(const struct wg_path *a, const struct wg_path *b)
{
	return !memcmp(a, b, sizeof(*a));
}

/* wg_path_to_cookie_source - the address and port that a cookie is bound to */
void wg_path_to_cookie_source(const struct wg_path *path, struct wg_cookie_source *source)
{
	if (path->remote.any.sa_family == AF_INET)
		wg_cookie_source_set(source, &path->remote.v4.sin_addr,
				     sizeof(path->remote.v4.sin_addr), path->remote.v4.sin_port);
	else
		wg_cookie_source_set(source, &path->remote.v6.sin6_addr,
				     sizeof(path->remote.v6.sin6_addr),
				     path->remote.v6.sin6_port);
}

/* wg_endpoint_init - initialise without an address; 0 or -ENOMEM; process context */
int wg_endpoint_init(struct wg_endpoint *endpoint)
{
	rwlock_init(&endpoint->lock);
	endpoint->id = atomic_inc_return(&wg_endpoint_ids);
	memset(&endpoint->path, 0, sizeof(endpoint->path));
	endpoint->generation = 0;
	endpoint->closed = false;
	return dst_cache_init(&endpoint->cache, GFP_KERNEL);
}

/* wg_endpoint_free - called when no sender can use the endpoint any longer */
void wg_endpoint_free(struct wg_endpoint *endpoint)
{
	dst_cache_destroy(&endpoint->cache);
}

/* wg_endpoint_set - change the path; takes no write lock if it is the same; any context */
void wg_endpoint_set(struct wg_endpoint *endpoint, const struct wg_path *path)
{
	bool same;

	read_lock_bh(&endpoint->lock);
	same = wg_path_equal(&endpoint->path, path);
	read_unlock_bh(&endpoint->lock);
	if (likely(same))
		return;

	write_lock_bh(&endpoint->lock);
	endpoint->path = *path;
	endpoint->generation++;
	dst_cache_reset(&endpoint->cache);
	write_unlock_bh(&endpoint->lock);
}

/* wg_endpoint_get - copy the path; its family is 0 if no address is set */
void wg_endpoint_get(struct wg_endpoint *endpoint, struct wg_path *path)
{
	read_lock_bh(&endpoint->lock);
	*path = endpoint->path;
	read_unlock_bh(&endpoint->lock);
}

static void wg_path_forget_local(struct wg_path *path)
{
	memset(&path->local, 0, sizeof(path->local));
	path->ingress = 0;
}

/* wg_endpoint_forget_source - let the routing tables choose the local address again */
void wg_endpoint_forget_source(struct wg_endpoint *endpoint)
{
	write_lock_bh(&endpoint->lock);
	wg_path_forget_local(&endpoint->path);
	endpoint->generation++;
	dst_cache_reset(&endpoint->cache);
	write_unlock_bh(&endpoint->lock);
}

/*
 * wg_endpoint_close - stop using the route cache of a peer that is being removed
 *
 * Batches that hold a reference to the peer are still sent, without the cache. A sender that
 * saw the endpoint open uses the cache in the same RCU section. Therefore a grace period must
 * pass before wg_endpoint_release().
 */
void wg_endpoint_close(struct wg_endpoint *endpoint)
{
	WRITE_ONCE(endpoint->closed, true);
}

/*
 * wg_endpoint_release - release all cached routes now
 *
 * A cached route holds no reference to its namespace, but its release calls operations of
 * the namespace. So a route must not outlive the namespace of the sockets. Process context.
 * The cache is not in use: a grace period has passed since the sockets or the endpoint were
 * closed.
 */
void wg_endpoint_release(struct wg_endpoint *endpoint)
{
	write_lock_bh(&endpoint->lock);
	wg_path_forget_local(&endpoint->path);
	endpoint->generation++;
	dst_cache_reset_now(&endpoint->cache);
	write_unlock_bh(&endpoint->lock);
}

/* wg_endpoint_usable - an address is set; lockless, so it can change at any time */
bool wg_endpoint_usable(const struct wg_endpoint *endpoint)
{
	sa_family_t family = READ_ONCE(endpoint->path.remote.any.sa_family);

	return family == AF_INET || family == AF_INET6;
}
