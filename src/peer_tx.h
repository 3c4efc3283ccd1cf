/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The transmit queue of a peer: the order in which its batches are sent, and the CPU that
 * sends them.
 *
 * Packets that different CPUs send overtake each other in lower layers: in the queues of a
 * network card, which are often selected by CPU, and in those of veth. So a transmit queue
 * stays on its CPU as long as it is busy.
 */
#ifndef WG_PEER_TX_H
#define WG_PEER_TX_H

#include <linux/list.h>
#include <linux/llist.h>
#include <linux/spinlock.h>

struct wg_batch;
struct wg_peer_tx;

struct wg_peer_tx_ops {
	/* Consumes the batch. */
	void (*send)(struct wg_batch *batch);
	/* A reference to the queue's owner. The batch that is sent may hold the only other one. */
	void (*get)(struct wg_peer_tx *tx);
	void (*put)(struct wg_peer_tx *tx);
};

struct wg_peer_tx {
	/* Guards all members but handover and ops. Softirq-safe. */
	spinlock_t lock;
	struct list_head queue;
	unsigned int length;
	/* A CPU sends batches, or the queue is handed over to the work item of a CPU. */
	bool draining;
	int cpu;
	/* local_clock() when a batch was last enqueued or sent. */
	u64 busy_ns;
	struct llist_node handover;
	const struct wg_peer_tx_ops *ops;
};

/*
 * Initialises the work items of all CPUs: 0 or -ENOMEM. exit is called when no transmit queue is
 * left.
 */
int wg_peer_tx_module_init(void);
void wg_peer_tx_module_exit(void);

/* Initialises an empty queue without a CPU. */
void wg_peer_tx_init(struct wg_peer_tx *tx, const struct wg_peer_tx_ops *ops);

/*
 * Appends a batch, which fixes its place in the order of sending. With softirqs disabled.
 * Return: false if WG_MAX_QUEUED batches wait.
 * @idle: set if no batch waits, is being sent or was sent within WG_PEER_TX_IDLE_NS, and the
 *	queue belongs to this CPU
 */
bool wg_peer_tx_enqueue(struct wg_peer_tx *tx, struct wg_batch *batch, bool *idle);

/*
 * Marks a batch done and sends the done batches at the head of the queue. With softirqs
 * disabled. The caller holds a reference to the owner of @tx: all other references may belong to
 * the batches sent here.
 */
void wg_peer_tx_complete(struct wg_peer_tx *tx, struct wg_batch *batch);

#endif
