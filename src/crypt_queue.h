/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Batches, and crypt queues: work on them that may be done on any CPU and in any
 * order. What is done is a function pointer, set once.
 *
 * The transmit queue (peer_tx.h) and the receive queue (peer_rx.h) of a peer put the
 * results back in order: a batch enters before it goes to the crypt queue, and leaves when
 * it is done and first in line.
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

/* Packets of a batch that are not worth waking another CPU for: see wg_batch_is_small(). */
#define WG_INLINE_PACKETS 2

/*
 * The unit of work: messages of one session that go the same way. It is on up to two lists:
 * @order in a peer's transmit or receive queue, from its entry until all its packets are sent
 * or delivered, and @work in a crypt queue until a worker takes it. The code that takes it off
 * @order frees it; the process function of that queue frees a batch of handshakes.
 */
struct wg_batch {
	/* In a transmit or receive queue. */
	struct list_head order;
	/* In a crypt queue. */
	struct list_head work;
	struct sk_buff_head packets;
	/* Each a reference; NULL in the handshake queue. */
	struct wg_peer *peer;
	struct wg_keypair *keypair;
	/* Of the first packet; the others follow. Transmit only. */
	u64 nonce;
	/* Where all of them came from. Receive only. */
	struct wg_path path;
	/* Transmit: under the queue's lock. Receive: with release, by the worker. */
	bool done;
};

int wg_batch_module_init(void);
void wg_batch_module_exit(void);
struct wg_batch *wg_batch_new(void);
void wg_batch_free(struct wg_batch *batch);

static inline bool wg_batch_is_small(const struct wg_batch *batch)
{
	return skb_queue_len(&batch->packets) <= WG_INLINE_PACKETS;
}

/* Work on any CPU. */
struct wg_crypt_queue;

struct wg_worker {
	struct work_struct work;
	struct wg_crypt_queue *queue;
};

struct wg_crypt_queue {
	/* Guards batches. Softirq-safe. */
	spinlock_t lock;
	struct list_head batches;
	/* Written under lock, read anywhere. */
	unsigned int length;
	unsigned int limit;
	void (*process)(struct wg_batch *batch);
	struct wg_worker __percpu *workers;
	struct workqueue_struct *wq;
	int last_cpu;
};

int wg_crypt_queue_init(struct wg_crypt_queue *queue, struct workqueue_struct *wq,
			unsigned int limit, void (*process)(struct wg_batch *batch));
void wg_crypt_queue_free(struct wg_crypt_queue *queue);
bool wg_crypt_queue_push(struct wg_crypt_queue *queue, struct wg_batch *batch);

#endif
