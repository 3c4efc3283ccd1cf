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

bool wg_path_equal(const struct wg_path *a, const struct wg_path *b)
{
	return !memcmp(a, b, sizeof(*a));
}

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

int wg_endpoint_init(struct wg_endpoint *endpoint)
{
	rwlock_init(&endpoint->lock);
	endpoint->id = atomic_inc_return(&wg_endpoint_ids);
	memset(&endpoint->path, 0, sizeof(endpoint->path));
	endpoint->generation = 0;
	endpoint->aggregate_limit = U16_MAX;
	endpoint->closed = false;
	return dst_cache_init(&endpoint->cache, GFP_KERNEL);
}

void wg_endpoint_free(struct wg_endpoint *endpoint)
{
	dst_cache_destroy(&endpoint->cache);
}

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

void wg_endpoint_forget_source(struct wg_endpoint *endpoint)
{
	write_lock_bh(&endpoint->lock);
	wg_path_forget_local(&endpoint->path);
	endpoint->generation++;
	dst_cache_reset(&endpoint->cache);
	write_unlock_bh(&endpoint->lock);
}

/*
 * A sender that saw the endpoint open uses the cache in the same RCU section. Therefore a grace
 * period must pass before wg_endpoint_release().
 */
void wg_endpoint_close(struct wg_endpoint *endpoint)
{
	WRITE_ONCE(endpoint->closed, true);
}

/*
 * A cached route holds no reference to its namespace, but its release calls operations of the
 * namespace.
 */
void wg_endpoint_release(struct wg_endpoint *endpoint)
{
	write_lock_bh(&endpoint->lock);
	wg_path_forget_local(&endpoint->path);
	endpoint->generation++;
	dst_cache_reset_now(&endpoint->cache);
	write_unlock_bh(&endpoint->lock);
}

bool wg_endpoint_usable(const struct wg_endpoint *endpoint)
{
	sa_family_t family = READ_ONCE(endpoint->path.remote.any.sa_family);

	return family == AF_INET || family == AF_INET6;
}
