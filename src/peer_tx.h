/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The transmit queue of a peer: the order in which the batches of a peer leave, and the CPU they
 * leave from.
 *
 * Packets that leave from one CPU after another overtake each other below us: in
 * the queues of a network card, which are often chosen by CPU, and in those of
 * veth. So a transmit queue stays with its CPU for as long as it is busy.
 */
#ifndef WG_PEER_TX_H
#define WG_PEER_TX_H

#include <linux/list.h>
#include <linux/llist.h>
#include <linux/spinlock.h>

struct wg_batch;
struct wg_peer_tx;

struct wg_peer_tx_ops {
	/* Takes the batch over. */
	void (*send)(struct wg_batch *batch);
	/* Of the queue's owner, which the last batch that is sent may hold. */
	void (*get)(struct wg_peer_tx *tx);
	void (*put)(struct wg_peer_tx *tx);
};

struct wg_peer_tx {
	/* Guards all of it. Softirq-safe. */
	spinlock_t lock;
	struct list_head queue;
	unsigned int length;
	/* Somebody sends, or is about to on @cpu. */
	bool draining;
	int cpu;
	/* local_clock() of the last time that a batch entered or was sent. */
	u64 busy_ns;
	struct llist_node handover;
	const struct wg_peer_tx_ops *ops;
};

int wg_peer_tx_module_init(void);
void wg_peer_tx_module_exit(void);

void wg_peer_tx_init(struct wg_peer_tx *tx, const struct wg_peer_tx_ops *ops);
bool wg_peer_tx_enqueue(struct wg_peer_tx *tx, struct wg_batch *batch, bool *idle);
void wg_peer_tx_complete(struct wg_peer_tx *tx, struct wg_batch *batch);

#endif
