/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The receive queue of a peer: delivery in order, in softirq, by NAPI.
 *
 * Each receive queue is bound to one of the device's NAPI instances. So one thread at a
 * time delivers a peer's packets, without a lock, and a device with a million peers needs
 * only a few NAPI instances for each CPU.
 */
#ifndef WG_PEER_RX_H
#define WG_PEER_RX_H

#include <linux/list.h>
#include <linux/llist.h>
#include <linux/netdevice.h>
#include <linux/spinlock.h>

struct wg_napi;

/* The receive queue of one peer. */
struct wg_peer_rx {
	struct wg_napi *instance;
	struct llist_node node;
	/* Bit WG_PEER_RX_SCHEDULED: the NAPI instance will poll this queue. */
	unsigned long flags;

	/* Guards arrivals. Softirq-safe. */
	spinlock_t lock;
	struct list_head arrivals;
	/* Packets in arrivals and in queue. */
	atomic_t packets;

	/* Batches in order of arrival, from the first poll on; used only by the NAPI poll. */
	struct list_head queue;
};

enum {
	WG_PEER_RX_SCHEDULED,
};

struct wg_napi_ops {
	/* Delivers up to @budget packets. Sets @more if more packets are ready. */
	int (*poll)(struct wg_peer_rx *rx, struct napi_struct *napi, int budget, bool *more);
	/* A reference to the owner of a queue, from scheduling the queue to the end of its poll. */
	void (*get)(struct wg_peer_rx *rx);
	void (*put)(struct wg_peer_rx *rx);
};

struct wg_napi {
	struct napi_struct napi;
	struct llist_head ready;
	/* Taken from ready, oldest first; used only by the NAPI poll. */
	struct llist_node *todo;
	const struct wg_napi_ops *ops;
};

struct wg_napis {
	struct wg_napi *instance;
	unsigned int count;
};

/*
 * Creates the NAPI instances for the receive queues of a device. Process context; @dev need not
 * be registered. Return: 0 or -ENOMEM.
 */
int wg_napis_init(struct wg_napis *napis, struct net_device *dev, const struct wg_napi_ops *ops);

/*
 * Called when no receive queue is left. Process context. Zeroed @napis that were never
 * initialised are allowed.
 */
void wg_napis_free(struct wg_napis *napis);

/* Initialises an empty queue. @id selects its NAPI instance. */
void wg_peer_rx_init(struct wg_peer_rx *rx, struct wg_napis *napis, u64 id);

/*
 * Schedules the NAPI instance of the queue, which polls it. Called after a packet was added to the
 * arrivals, or a batch was marked done. The caller ensures that a reference to the owner of @rx
 * exists during the call. Softirq or process context.
 */
void wg_peer_rx_schedule(struct wg_peer_rx *rx);

#endif
