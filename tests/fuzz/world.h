/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The environment of peers, for the harnesses that run peer.c and the layers above it:
 * stand-ins for what needs a running kernel (sockets, routes, transmit queues), and one
 * interface, wg0 of index 7, beside one of another driver. Only one file of a harness may
 * include this header, because it defines functions of the driver.
 */
#ifndef WG_FUZZ_WORLD_H
#define WG_FUZZ_WORLD_H

#include <linux/err.h>
#include <linux/rtnetlink.h>
#include "curve25519.h"
#include "device_ops.h"
#include "fuzz.h"
#include "peer.h"
#include "transmit.h"

#define WORLD_INDEX 7
#define WORLD_NAME "wg0"

struct world {
	struct wg_device device;
	struct net_device dev, other;
	struct net net;
	struct user_namespace user_ns;
	/* The namespace of the sockets. Requests come from @net. */
	struct net creating_net;
	struct user_namespace creating_net_ns;
	/* The calls of stand-ins by a request, and the increase of device->changes. */
	unsigned int keepalives, staged, changes;
	bool port_taken;
};

static struct wg_stats world_stats;

static struct world *world_of(struct wg_device *device)
{
	return container_of(device, struct world, device);
}

struct wg_device *wg_device_of(struct net_device *dev)
{
	return dev->priv;
}

void wg_peer_tx_init(struct wg_peer_tx *tx, const struct wg_peer_tx_ops *ops)
{
	memset(tx, 0, sizeof(*tx));
	tx->ops = ops;
}

void wg_peer_rx_init(struct wg_peer_rx *rx, struct wg_napis *napis, u64 id)
{
	(void)napis;
	(void)id;
	memset(rx, 0, sizeof(*rx));
	spin_lock_init(&rx->lock);
	INIT_LIST_HEAD(&rx->arrivals);
	INIT_LIST_HEAD(&rx->queue);
}

struct wg_batch *wg_batch_new(void)
{
	struct wg_batch *batch = kzalloc(sizeof(*batch), GFP_ATOMIC);

	if (batch)
		__skb_queue_head_init(&batch->packets);
	return batch;
}

void wg_batch_free(struct wg_batch *batch)
{
	kfree(batch);
}

int wg_endpoint_init(struct wg_endpoint *endpoint)
{
	memset(endpoint, 0, sizeof(*endpoint));
	endpoint->cache.cache = kmalloc(1, GFP_KERNEL);
	return endpoint->cache.cache ? 0 : -ENOMEM;
}

void wg_endpoint_free(struct wg_endpoint *endpoint)
{
	kfree(endpoint->cache.cache);
}

void wg_endpoint_set(struct wg_endpoint *endpoint, const struct wg_path *path)
{
	endpoint->path = *path;
	endpoint->generation++;
}

void wg_endpoint_get(struct wg_endpoint *endpoint, struct wg_path *path)
{
	*path = endpoint->path;
}

void wg_endpoint_forget_source(struct wg_endpoint *endpoint)
{
	memset(&endpoint->path.local, 0, sizeof(endpoint->path.local));
	endpoint->path.ingress = 0;
	endpoint->generation++;
}

void wg_endpoint_close(struct wg_endpoint *endpoint)
{
	(void)endpoint;
}

void wg_endpoint_release(struct wg_endpoint *endpoint)
{
	(void)endpoint;
}

bool wg_endpoint_usable(const struct wg_endpoint *endpoint)
{
	return endpoint->path.remote.any.sa_family;
}

int wg_sockets_open(struct wg_sockets *sockets, u16 port)
{
	struct wg_device *device = container_of(sockets, struct wg_device, sockets);

	ASSERT_RTNL();
	if (world_of(device)->port_taken)
		return -EADDRINUSE;
	sockets->port = port ?: 40000;
	return 0;
}

void wg_transmit_keepalive(struct wg_peer *peer)
{
	claim(!peer->dead);
	world_of(peer->device)->keepalives++;
}

void wg_transmit_staged(struct wg_peer *peer)
{
	claim(!peer->dead);
	world_of(peer->device)->staged++;
}

static void world_peer_work(struct work_struct *work)
{
	(void)work;
}

/* Timers never expire here, since a harness does not run them. */
static const struct wg_timer_ops world_timer_ops;
static const struct wg_peer_tx_ops world_peer_tx_ops;

static void world_init(struct world *w)
{
	struct wg_device *device = &w->device;

	memset(w, 0, sizeof(*w));
	w->net.user_ns = &w->user_ns;
	w->net.devices = &w->dev;
	w->creating_net.user_ns = &w->creating_net_ns;
	w->user_ns.capable = true;
	w->creating_net_ns.capable = true;
	w->dev = (struct net_device){ .ifindex = WORLD_INDEX, .name = WORLD_NAME,
				      .priv = device, .next = &w->other };
	w->other = (struct net_device){ .ifindex = 1, .name = "lo" };

	device->dev = &w->dev;
	init_rwsem(&device->identity_lock);
	wg_cookie_checker_init(&device->checker);
	mutex_init(&device->config);
	claim(!wg_peer_table_init(&device->by_key));
	claim(!wg_index_table_init(&device->indices));
	wg_allowedips_init(&device->allowedips, &device->config);
	INIT_LIST_HEAD(&device->peers);
	RCU_INIT_POINTER(device->sockets.creating_net, &w->creating_net);
	device->stats = &world_stats;
	device->peer_tx_ops = &world_peer_tx_ops;
	device->timer_ops = &world_timer_ops;
	device->peer_work = world_peer_work;
}

/* Removes a peer like a request does, with ->config held. */
static void world_remove_peer(struct wg_peer *peer)
{
	LIST_HEAD(unlinked);

	wg_peer_unlink(peer, &unlinked);
	wg_peers_finish_removal(&unlinked);
}

/* Everything is freed: nothing of the interface is left. */
static void world_end(struct world *w)
{
	struct wg_device *device = &w->device;

	mutex_lock(&device->config);
	wg_peer_remove_all(device);
	claim(!device->allowedips.root4 && !device->allowedips.root6);
	mutex_unlock(&device->config);
	rcu_barrier();
	claim(!atomic_read(&device->live_peers));
	wg_index_table_destroy(&device->indices);
	wg_peer_table_destroy(&device->by_key);
}

#endif
