/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Batches of packets, and crypt queues, which process batches on any CPU and in any order.
 * The process function of a queue is set once.
 *
 * The transmit queue (peer_tx.h) and the receive queue (peer_rx.h) of a peer restore the
 * order: a batch enters that queue before it is pushed to the crypt queue, and leaves it when
 * it is done and first.
 */
#ifndef WG_CRYPT_QUEUE_H
#define WG_CRYPT_QUEUE_H

#include <linux/list.h>
#include <linux/skbuff.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include "session.h"
#include "socket.h"

struct wg_peer;

/* A batch of at most this many messages is small: waking another CPU for it costs too much. */
#define WG_INLINE_MESSAGES 2

/*
 * The unit of work: packets of one session in one direction. It is on up to two lists:
 * @order in a peer's transmit or receive queue, from its entry until all its packets are sent
 * or delivered, and @work in a crypt queue until a worker takes it. The code that takes it off
 * @order frees it. The handshake queue's process function frees a batch of handshakes.
 */
struct wg_batch {
	/* In a transmit or receive queue. */
	struct list_head order;
	/* In a crypt queue. */
	struct list_head work;
	struct sk_buff_head packets;
	/* References; NULL in the handshake queue. */
	struct wg_peer *peer;
	struct wg_keypair *keypair;
	/* Messages that the packets become, or that they are. Not changed by drops. */
	unsigned int messages;
	/* Of the first message; the next ones have the next nonces. Transmit only. */
	u64 nonce;
	/* The path on which all the packets arrived. Receive only. */
	struct wg_path path;
	/* Transmit: guarded by the queue's lock. Receive: the worker's store is a release. */
	bool done;
};

/* Creates the slab cache: 0 or -ENOMEM. exit is called after the last batch is freed. */
int wg_batch_module_init(void);
void wg_batch_module_exit(void);

/* Allocates an empty batch without references. Any context. Return: NULL without memory. */
struct wg_batch *wg_batch_new(void);

/* Frees a batch. The caller has dropped its references and packets. */
void wg_batch_free(struct wg_batch *batch);

static inline bool wg_batch_is_small(const struct wg_batch *batch)
{
	return batch->messages <= WG_INLINE_MESSAGES;
}

struct wg_crypt_queue;

struct wg_worker {
	struct work_struct work;
	struct wg_crypt_queue *queue;
};

struct wg_crypt_queue {
	/* Guards batches. Softirq-safe. */
	spinlock_t lock;
	struct list_head batches;
	/* Batches that wait. Written under lock, read without it. */
	unsigned int length;
	unsigned int limit;
	void (*process)(struct wg_batch *batch);
	struct wg_worker __percpu *workers;
	struct workqueue_struct *wq;
	int last_cpu;
};

/*
 * Initialises a queue with one worker per CPU. Return: 0 or -ENOMEM.
 * @wq: outlives the queue; runs @process in process context
 * @limit: number of batches that may wait
 */
int wg_crypt_queue_init(struct wg_crypt_queue *queue, struct workqueue_struct *wq,
			unsigned int limit, void (*process)(struct wg_batch *batch));

/*
 * Processes the batches that wait, then frees the queue. Process context. No push runs or
 * follows. A zeroed queue that was never initialised is allowed.
 */
void wg_crypt_queue_free(struct wg_crypt_queue *queue);

/*
 * Queues a batch and wakes the worker of one CPU. Softirq or process context. Return: false if
 * the queue is full; the caller then still owns the batch.
 */
bool wg_crypt_queue_push(struct wg_crypt_queue *queue, struct wg_batch *batch);

#endif
