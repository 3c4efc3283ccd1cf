// SPDX-License-Identifier: GPL-2.0
/*
 * Sending in order, by one CPU at a time.
 *
 * If the CPU that completes the first batch of a queue is the queue's CPU, and
 * wg_may_send_here(), it sends that batch and the completed ones behind it. Otherwise, and if
 * there are more than WG_PEER_TX_BUDGET of them, the queue is handed over to the work item of
 * the queue's CPU.
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

/* After this time without a packet, the next packet is not part of a burst. */
#define WG_PEER_TX_IDLE_NS (100 * NSEC_PER_USEC)
/*
 * After this time, all packets sent before are assumed to have left the queues of the lower
 * layers, and the transmit queue may move to another CPU.
 */
#define WG_PEER_TX_MOVE_NS (50 * NSEC_PER_MSEC)
/* Batches that are sent before other work of the CPU may run. */
#define WG_PEER_TX_BUDGET 16

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

/*
 * Queues the work item of @cpu, which drains the queue. Called with ->draining set: no other CPU
 * sends the first batch, so the reference of that batch keeps the owner alive.
 */
static void wg_peer_tx_hand_over(struct wg_peer_tx *tx, int cpu)
{
	struct wg_peer_tx_cpu *there = per_cpu_ptr(&wg_peer_tx_cpus, cpu);

	llist_add(&tx->handover, &there->handed_over);
	queue_work_on(cpu, wg_peer_tx_wq, &there->work);
}

/*
 * Called by the code that set ->draining, or to which the queue was handed over. With
 * softirqs disabled; the caller holds a reference to the owner.
 */
static void wg_peer_tx_drain(struct wg_peer_tx *tx)
{
	unsigned int count = 0;
	struct wg_batch *batch;
	int cpu;

	spin_lock_bh(&tx->lock);
	while (wg_peer_tx_first_done(tx) && count++ < WG_PEER_TX_BUDGET) {
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
 * Drains each queue once. wg_peer_tx_drain() hands a queue with more to send over again and
 * queues this work behind all other work of the CPU. A loop here would block that work as
 * long as the traffic lasts.
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

void wg_peer_tx_module_exit(void)
{
	destroy_workqueue(wg_peer_tx_wq);
}

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
		/* Negative if the clocks of the CPUs differ; then little time has passed. */
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
 * One CPU at a time sends. Another CPU that completes a batch meanwhile leaves it in the queue.
 * The sending CPU finds it, because it checks the queue under the same lock before it clears
 * ->draining.
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
	/* The queue's CPU may have gone offline. Then send on this one. */
	if (!cpu_online(cpu))
		cpu = smp_processor_id();
	if (cpu == smp_processor_id() && wg_may_send_here())
		wg_peer_tx_drain(tx);
	else
		wg_peer_tx_hand_over(tx, cpu);
}
