/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Lanes: delivery in order, in softirq, by NAPI.
 *
 * Each peer has a stream, and each stream is bound to one of the device's
 * lanes. So a peer's packets are delivered by one thread at a time, without a
 * lock, and a device with a million peers has no more NAPIs than a few a CPU.
 */
#ifndef WG_LANE_H
#define WG_LANE_H

#include <linux/list.h>
#include <linux/llist.h>
#include <linux/netdevice.h>
#include <linux/spinlock.h>

struct wg_lane;

/* One peer's place on its lane. */
struct wg_stream {
	struct wg_lane *lane;
	struct llist_node node;
	/* Bit WG_STREAM_READY: the lane will look at it (again). */
	unsigned long flags;

	/* Guards the arrivals. Softirq-safe. */
	spinlock_t lock;
	struct list_head arrivals;
	/* Packets in arrivals and in flight. */
	atomic_t packets;

	/* Batches in flight, in order; for the lane's poller only. */
	struct list_head queue;
};

enum {
	WG_STREAM_READY,
};

struct wg_lane_ops {
	/* Deliver up to @budget packets; true in @more if some are ready still. */
	int (*poll)(struct wg_stream *stream, struct napi_struct *napi, int budget, bool *more);
	/* The lane takes a reference when a stream becomes ready, and gives it back. */
	void (*get)(struct wg_stream *stream);
	void (*put)(struct wg_stream *stream);
};

struct wg_lane {
	struct napi_struct napi;
	struct llist_head ready;
	/* Taken from ready, oldest first; for the poller only. */
	struct llist_node *todo;
	const struct wg_lane_ops *ops;
};

struct wg_lanes {
	struct wg_lane *lane;
	unsigned int count;
};

int wg_lanes_init(struct wg_lanes *lanes, struct net_device *dev, const struct wg_lane_ops *ops);
void wg_lanes_free(struct wg_lanes *lanes);

void wg_stream_init(struct wg_stream *stream, struct wg_lanes *lanes, u64 id);
void wg_stream_kick(struct wg_stream *stream);

#endif
