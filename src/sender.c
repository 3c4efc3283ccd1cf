// SPDX-License-Identifier: GPL-2.0
/*
 * Sending in order, by one CPU at a time.
 *
 * Whoever finishes the batch that is first in line sends it, and what is done
 * behind it, if this is the sender's CPU. Else, and when there is more of it than
 * should be sent at a stretch, the sender is handed over to that CPU's work item.
 */
#include "sender.h"

#include <linux/cpumask.h>
#include <linux/lockdep.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/sched/clock.h>
#include <linux/workqueue.h>
#include "messages.h"
#include "pipeline.h"

/* After so long without a packet, the next one is not the middle of many. */
#define WG_SENDER_IDLE_NS (100 * NSEC_PER_USEC)
/*
 * After so long, what was sent before is taken to have left the queues below us,
 * and the sender may move to another CPU.
 */
#define WG_SENDER_MOVE_NS (50 * NSEC_PER_MSEC)
/* Batches that are sent without a chance for others to run. */
#define WG_SENDER_STRETCH 16

struct wg_sender_cpu {
	struct work_struct work;
	struct llist_head handed_over;
};

static DEFINE_PER_CPU(struct wg_sender_cpu, wg_sender_cpus);
static struct workqueue_struct *wg_sender_wq;

static bool wg_sender_first_done(struct wg_sender *sender)
{
	struct wg_batch *batch;

	lockdep_assert_held(&sender->lock);
	batch = list_first_entry_or_null(&sender->queue, struct wg_batch, order);
	return batch && batch->done;
}

/* To be drained on @cpu. The first in line, which nobody else may send, keeps the owner alive. */
static void wg_sender_hand_over(struct wg_sender *sender, int cpu)
{
	struct wg_sender_cpu *there = per_cpu_ptr(&wg_sender_cpus, cpu);

	llist_add(&sender->handover, &there->handed_over);
	queue_work_on(cpu, wg_sender_wq, &there->work);
}

/*
 * By whoever set ->draining, or was handed the sender. With softirqs disabled;
 * the caller has a reference to the owner.
 */
static void wg_sender_drain(struct wg_sender *sender)
{
	unsigned int count = 0;
	struct wg_batch *batch;
	int cpu;

	spin_lock_bh(&sender->lock);
	while (wg_sender_first_done(sender) && count++ < WG_SENDER_STRETCH) {
		batch = list_first_entry(&sender->queue, struct wg_batch, order);
		list_del(&batch->order);
		sender->length--;
		spin_unlock_bh(&sender->lock);
		sender->ops->send(batch);
		spin_lock_bh(&sender->lock);
	}
	sender->busy_ns = local_clock();
	sender->draining = wg_sender_first_done(sender);
	cpu = sender->draining ? sender->cpu : -1;
	spin_unlock_bh(&sender->lock);
	if (cpu >= 0)
		wg_sender_hand_over(sender, cpu);
}

/*
 * One turn each. A sender with more to send has handed itself over once more and
 * queued this work again, behind all other work of this CPU: a loop here would
 * keep the CPU's other kernel work waiting for as long as the traffic lasts.
 */
static void wg_sender_work(struct work_struct *work)
{
	struct wg_sender_cpu *here = container_of(work, struct wg_sender_cpu, work);
	struct llist_node *todo = llist_reverse_order(llist_del_all(&here->handed_over));
	struct wg_sender *sender, *next;

	llist_for_each_entry_safe(sender, next, todo, handover) {
		sender->ops->get(sender);
		local_bh_disable();
		wg_sender_drain(sender);
		local_bh_enable();
		sender->ops->put(sender);
		cond_resched();
	}
}

/* wg_sender_module_init - the work items of all CPUs; 0 or -ENOMEM */
int __init wg_sender_module_init(void)
{
	struct wg_sender_cpu *each;
	int cpu;

	wg_sender_wq = alloc_workqueue("wg-send", WQ_MEM_RECLAIM | WQ_PERCPU, 0);
	if (!wg_sender_wq)
		return -ENOMEM;
	for_each_possible_cpu(cpu) {
		each = per_cpu_ptr(&wg_sender_cpus, cpu);
		init_llist_head(&each->handed_over);
		INIT_WORK(&each->work, wg_sender_work);
	}
	return 0;
}

/* wg_sender_module_exit - when there is no sender left */
void wg_sender_module_exit(void)
{
	destroy_workqueue(wg_sender_wq);
}

/* wg_sender_init - an empty queue, of no CPU yet */
void wg_sender_init(struct wg_sender *sender, const struct wg_sender_ops *ops)
{
	spin_lock_init(&sender->lock);
	INIT_LIST_HEAD(&sender->queue);
	sender->length = 0;
	sender->draining = false;
	sender->cpu = -1;
	sender->busy_ns = 0;
	sender->ops = ops;
}

/*
 * wg_sender_enter - take a place in the order of sending
 * @idle: nothing was waiting, being sent, or sent just now; the sender is this CPU's
 *
 * With softirqs disabled. Return: false where WG_MAX_QUEUED batches wait.
 */
bool wg_sender_enter(struct wg_sender *sender, struct wg_batch *batch, bool *idle)
{
	u64 now = local_clock();
	int cpu = smp_processor_id();
	bool room, empty;
	s64 since;

	spin_lock_bh(&sender->lock);
	room = sender->length < WG_MAX_QUEUED;
	if (likely(room)) {
		empty = list_empty(&sender->queue) && !sender->draining;
		/* Negative where the CPUs' clocks differ: that was just now. */
		since = now - sender->busy_ns;
		if (sender->cpu < 0 || (empty && since > WG_SENDER_MOVE_NS))
			sender->cpu = cpu;
		*idle = empty && since > WG_SENDER_IDLE_NS && sender->cpu == cpu;
		sender->busy_ns = now;
		list_add_tail(&batch->order, &sender->queue);
		sender->length++;
	}
	spin_unlock_bh(&sender->lock);
	return room;
}

/*
 * wg_sender_finish - a batch is done; send all whose turn has come, or have it sent
 *
 * One CPU at a time sends. Another that finishes a batch meanwhile leaves it in
 * the queue, where the first finds it when it asks again, under the same lock.
 *
 * With softirqs disabled. The caller holds a reference to the owner of @sender: all other
 * references may belong to the batches sent here.
 */
void wg_sender_finish(struct wg_sender *sender, struct wg_batch *batch)
{
	bool mine;
	int cpu;

	spin_lock_bh(&sender->lock);
	batch->done = true;
	mine = !sender->draining && wg_sender_first_done(sender);
	if (mine)
		sender->draining = true;
	cpu = sender->cpu;
	spin_unlock_bh(&sender->lock);
	if (!mine)
		return;
	/* A CPU that has gone offline is none to wait for. */
	if (!cpu_online(cpu))
		cpu = smp_processor_id();
	if (cpu == smp_processor_id() && wg_may_send_here())
		wg_sender_drain(sender);
	else
		wg_sender_hand_over(sender, cpu);
}
