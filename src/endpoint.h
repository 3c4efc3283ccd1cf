/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The endpoint of a peer: the path that its messages take, and the cached route.
 */
#ifndef WG_ENDPOINT_H
#define WG_ENDPOINT_H

#include <linux/in.h>
#include <linux/in6.h>
#include <linux/skbuff.h>
#include <linux/socket.h>
#include <linux/spinlock.h>
#include <net/dst_cache.h>
#include "cookie.h"

/* A UDP address in the layout of the socket API. Family 0: no address. */
union wg_sockaddr {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/*
 * A network path, as in RFC 9000 (section 9): both addresses of the outer UDP flow. @local
 * has the family of @remote. The local UDP port is that of the socket.
 *
 * Paths are compared as bytes: zero a path before filling it in.
 */
struct wg_path {
	/* The address and port of the peer. */
	union wg_sockaddr remote;
	/* The address that the peer sends to. Zero: the routing tables choose one. */
	union {
		__be32 v4;
		struct in6_addr v6;
	} local;
	/*
	 * The index of the interface on which IPv4 messages of the peer arrive; 0 is any.
	 * Always 0 for IPv6: a link-local address has its interface in
	 * remote.v6.sin6_scope_id.
	 */
	int ingress;
};

struct wg_endpoint {
	/* Identifies the peer in struct wg_outer_cb. Constant. */
	u32 id;
	/* Guards path and generation. Softirq-safe. The cache is per CPU. */
	rwlock_t lock;
	struct wg_path path;
	/* Incremented whenever a cached route becomes invalid. */
	unsigned int generation;
	/*
	 * Bytes of the longest message that may leave in an aggregate: 0 if none may, U16_MAX
	 * before a route is known. From the route of the last sender, which may be that of an
	 * old path. Read and written without the lock.
	 */
	unsigned int aggregate_limit;
	/* The cache is no longer used: see wg_endpoint_close(). Never cleared. */
	bool closed;
	struct dst_cache cache;
};

/* endpoint.c, paths */

/*
 * Fills in the path of a received datagram. @skb has the outer network and transport headers
 * set. Return: 0, or -EINVAL if @skb is neither IPv4 nor IPv6.
 */
int wg_path_from_skb(struct wg_path *path, const struct sk_buff *skb);

/* Compares addresses, port and interface. */
bool wg_path_equal(const struct wg_path *a, const struct wg_path *b);

/* Fills in the address and port that a cookie is bound to. */
void wg_path_to_cookie_source(const struct wg_path *path, struct wg_cookie_source *source);

/* endpoint.c, the endpoint of a peer */

/* Initialises without an address. Process context. Return: 0 or -ENOMEM. */
int wg_endpoint_init(struct wg_endpoint *endpoint);

/* Called when no sender can use the endpoint any longer. */
void wg_endpoint_free(struct wg_endpoint *endpoint);

/* Changes the path. Takes no write lock if it is the same. Any context. */
void wg_endpoint_set(struct wg_endpoint *endpoint, const struct wg_path *path);

/* Copies the path. Its family is 0 if no address is set. */
void wg_endpoint_get(struct wg_endpoint *endpoint, struct wg_path *path);

/* Lets the routing tables choose the local address again. */
void wg_endpoint_forget_source(struct wg_endpoint *endpoint);

/*
 * Stops using the route cache of a peer that is being removed. Batches that hold a reference to
 * the peer are still sent, without the cache. A grace period must pass before
 * wg_endpoint_release().
 */
void wg_endpoint_close(struct wg_endpoint *endpoint);

/*
 * Releases all cached routes now: a route must not outlive the namespace of the sockets. Process
 * context. The cache is not in use: a grace period has passed since the sockets or the endpoint
 * were closed.
 */
void wg_endpoint_release(struct wg_endpoint *endpoint);

static inline unsigned int wg_endpoint_aggregate_limit(const struct wg_endpoint *endpoint)
{
	return READ_ONCE(endpoint->aggregate_limit);
}

static inline void wg_endpoint_set_aggregate_limit(struct wg_endpoint *endpoint, unsigned int limit)
{
	/* Written only on change, because all senders read the cache line. */
	if (unlikely(READ_ONCE(endpoint->aggregate_limit) != limit))
		WRITE_ONCE(endpoint->aggregate_limit, limit);
}

/* Whether an address is set. Lockless, so the result can change at any time. */
bool wg_endpoint_usable(const struct wg_endpoint *endpoint);

#endif
