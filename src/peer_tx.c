// SPDX-License-Identifier: GPL-2.0
/*
 * Sending in order, by one CPU at a time.
 *
 * Whoever finishes the batch that is first in line sends it, and what is done
 * behind it, if this is the queue's CPU. Else, and when there is more of it than
 * should be sent at a stretch, the queue is handed over to that CPU's work item.
 */
#include "peer_tx.h"

#include <linux/cpumask.h>
#include <linux/lockdep.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/sched/clock.h>
#include <linux/workqueue.h>
#include "messages.h"
#include "crypt_queue.h"
#include "wg_limits.h"

/* After so long without a packet, the next one is not the middle of many. */
#define WG_PEER_TX_IDLE_NS (100 * NSEC_PER_USEC)
/*
 * After so long, what was sent before is taken to have left the queues below us,
 * and the queue may move to another CPU.
 */
#define WG_PEER_TX_MOVE_NS (50 * NSEC_PER_MSEC)
/* Batches that are sent without a chance for others to run. */
#define WG_PEER_TX_STRETCH 16

struct wg_peer_tx_cpu {
	struct work_struct work;
	struct llist_head handed_over;
};

static DEFINE_PER_CPU(struct wg_peer_tx_cpu, wg_peer_tx_cpus);
static struct workqueue_struct *wg_peer_tx_wq;

static bool wg_peer_tx_first_done(struct wg_peer_tx *tx)
{
	struct wg_batch *batch;

	lockdep_assert_held(&tx->lock);
	batch = list_first_entry_or_null(&tx->queue, struct wg_batch, order);
	return batch && batch->done;
}

/* To be drained on @cpu. The first in line, which nobody else may send, keeps the owner alive. */
static void wg_peer_tx_hand_over(struct wg_peer_tx *tx, int cpu)
{
	struct wg_peer_tx_cpu *there = per_cpu_ptr(&wg_peer_tx_cpus, cpu);

	llist_add(&tx->handover, &there->handed_over);
	queue_work_on(cpu, wg_peer_tx_wq, &there->work);
}

/*
 * By whoever set ->draining, or was handed the queue. With softirqs disabled;
 * the caller has a reference to the owner.
 */
static void wg_peer_tx_drain(struct wg_peer_tx *tx)
{
	unsigned int count = 0;
	struct wg_batch *batch;
	int cpu;

	spin_lock_bh(&tx->lock);
	while (wg_peer_tx_first_done(tx) && count++ < WG_PEER_TX_STRETCH) {
		batch = list_first_entry(&tx->queue, struct wg_batch, order);
		list_del(&batch->order);
		tx->length--;
		spin_unlock_bh(&tx->lock);
		tx->ops->send(batch);
		spin_lock_bh(&tx->lock);
	}
	tx->busy_ns = local_clock();
	tx->draining = wg_peer_tx_first_done(tx);
	cpu = tx->draining ? tx->cpu : -1;
	spin_unlock_bh(&tx->lock);
	if (cpu >= 0)
		wg_peer_tx_hand_over(tx, cpu);
}

/*
 * One turn each. A queue with more to send has handed itself over once more and
 * queued this work again, behind all other work of this CPU: a loop here would
 * keep the CPU's other kernel work waiting for as long as the traffic lasts.
 */
static void wg_peer_tx_work(struct work_struct *work)
{
	struct wg_peer_tx_cpu *here = container_of(work, struct wg_peer_tx_cpu, work);
	struct llist_node *todo = llist_reverse_order(llist_del_all(&here->handed_over));
	struct wg_peer_tx *tx, *next;

	llist_for_each_entry_safe(tx, next, todo, handover) {
		tx->ops->get(tx);
		local_bh_disable();
		wg_peer_tx_drain(tx);
		local_bh_enable();
		tx->ops->put(tx);
		cond_resched();
	}
}

/* wg_peer_tx_module_init - the work items of all CPUs; 0 or -ENOMEM */
int __init wg_peer_tx_module_init(void)
{
	struct wg_peer_tx_cpu *each;
	int cpu;

	wg_peer_tx_wq = alloc_workqueue("wg-send", WQ_MEM_RECLAIM | WQ_PERCPU, 0);
	if (!wg_peer_tx_wq)
		return -ENOMEM;
	for_each_possible_cpu(cpu) {
		each = per_cpu_ptr(&wg_peer_tx_cpus, cpu);
		init_llist_head(&each->handed_over);
		INIT_WORK(&each->work, wg_peer_tx_work);
	}
	return 0;
}

/* wg_peer_tx_module_exit - when no transmit queue is left */
void wg_peer_tx_module_exit(void)
{
	destroy_workqueue(wg_peer_tx_wq);
}

/* wg_peer_tx_init - an empty queue, of no CPU yet */
void wg_peer_tx_init(struct wg_peer_tx *tx, const struct wg_peer_tx_ops *ops)
{
	spin_lock_init(&tx->lock);
	INIT_LIST_HEAD(&tx->queue);
	tx->length = 0;
	tx->draining = false;
	tx->cpu = -1;
	tx->busy_ns = 0;
	tx->ops = ops;
}

/*
 * wg_peer_tx_enqueue - take a place in the order of sending
 * @idle: nothing was waiting, being sent, or sent just now; the queue is this CPU's
 *
 * With softirqs disabled. Return: false where WG_MAX_QUEUED batches wait.
 */
bool wg_peer_tx_enqueue(struct wg_peer_tx *tx, struct wg_batch *batch, bool *idle)
{
	u64 now = local_clock();
	int cpu = smp_processor_id();
	bool room, empty;
	s64 since;

	spin_lock_bh(&tx->lock);
	room = tx->length < WG_MAX_QUEUED;
	if (likely(room)) {
		empty = list_empty(&tx->queue) && !tx->draining;
		/* Negative where the CPUs' clocks differ: that was just now. */
		since = now - tx->busy_ns;
		if (tx->cpu < 0 || (empty && since > WG_PEER_TX_MOVE_NS))
			tx->cpu = cpu;
		*idle = empty && since > WG_PEER_TX_IDLE_NS && tx->cpu == cpu;
		tx->busy_ns = now;
		list_add_tail(&batch->order, &tx->queue);
		tx->length++;
	}
	spin_unlock_bh(&tx->lock);
	return room;
}

/*
 * wg_peer_tx_complete - a batch is done; send all whose turn has come, or have it sent
 *
 * One CPU at a time sends. Another that finishes a batch meanwhile leaves it in
 * the queue, where the first finds it when it asks again, under the same lock.
 *
 * With softirqs disabled. The caller holds a reference to the owner of @tx: all other
 * references may belong to the batches sent here.
 */
void wg_peer_tx_complete(struct wg_peer_tx *tx, struct wg_batch *batch)
{
	bool mine;
	int cpu;

	spin_lock_bh(&tx->lock);
	batch->done = true;
	mine = !tx->draining && wg_peer_tx_first_done(tx);
	if (mine)
		tx->draining = true;
	cpu = tx->cpu;
	spin_unlock_bh(&tx->lock);
	if (!mine)
		return;
	/* A CPU that has gone offline is none to wait for. */
	if (!cpu_online(cpu))
		cpu = smp_processor_id();
	if (cpu == smp_processor_id() && wg_may_send_here())
		wg_peer_tx_drain(tx);
	else
		wg_peer_tx_hand_over(tx, cpu);
}
