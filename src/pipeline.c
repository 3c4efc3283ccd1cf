// SPDX-License-Identifier: GPL-2.0
/*
 * Batches, work on any CPU, and sending in order.
 *
 * A batch costs one slot and one lock here, however many packets it holds.
 */
#include "pipeline.h"

#include <linux/cpumask.h>
#include <linux/sched.h>
#include <linux/slab.h>

static struct kmem_cache *wg_batch_cache;

/* wg_batch_module_init - make the slab; 0 or -ENOMEM */
int __init wg_batch_module_init(void)
{
	wg_batch_cache = kmem_cache_create("wg_batch", sizeof(struct wg_batch), 0, 0, NULL);
	return wg_batch_cache ? 0 : -ENOMEM;
}

/* wg_batch_module_exit - after the last batch is freed */
void wg_batch_module_exit(void)
{
	kmem_cache_destroy(wg_batch_cache);
}

/* wg_batch_new - an empty batch that refers to nothing, or NULL; any context */
struct wg_batch *wg_batch_new(void)
{
	struct wg_batch *batch = kmem_cache_zalloc(wg_batch_cache, GFP_ATOMIC);

	if (likely(batch))
		__skb_queue_head_init(&batch->packets);
	return batch;
}

/* wg_batch_free - end a batch; what it referred to has been given back */
void wg_batch_free(struct wg_batch *batch)
{
	kmem_cache_free(wg_batch_cache, batch);
}

static struct wg_batch *wg_pipeline_pop(struct wg_pipeline *pipeline)
{
	struct wg_batch *batch;

	spin_lock_bh(&pipeline->lock);
	batch = list_first_entry_or_null(&pipeline->queue, struct wg_batch, work);
	if (batch) {
		list_del(&batch->work);
		WRITE_ONCE(pipeline->length, pipeline->length - 1);
	}
	spin_unlock_bh(&pipeline->lock);
	return batch;
}

static void wg_pipeline_work(struct work_struct *work)
{
	struct wg_pipeline *pipeline = container_of(work, struct wg_worker, work)->pipeline;
	struct wg_batch *batch;

	while ((batch = wg_pipeline_pop(pipeline))) {
		pipeline->process(batch);
		cond_resched();
	}
}

/*
 * wg_pipeline_init - work for all CPUs
 * @wq: outlives the pipeline; its workers run @process in process context
 * @limit: batches that may wait
 *
 * Return: 0 or -ENOMEM.
 */
int wg_pipeline_init(struct wg_pipeline *pipeline, struct workqueue_struct *wq,
		     unsigned int limit, void (*process)(struct wg_batch *batch))
{
	struct wg_worker *worker;
	int cpu;

	pipeline->workers = alloc_percpu(struct wg_worker);
	if (!pipeline->workers)
		return -ENOMEM;
	for_each_possible_cpu(cpu) {
		worker = per_cpu_ptr(pipeline->workers, cpu);
		worker->pipeline = pipeline;
		INIT_WORK(&worker->work, wg_pipeline_work);
	}
	spin_lock_init(&pipeline->lock);
	INIT_LIST_HEAD(&pipeline->queue);
	pipeline->length = 0;
	pipeline->limit = limit;
	pipeline->process = process;
	pipeline->wq = wq;
	pipeline->last_cpu = -1;
	return 0;
}

/*
 * wg_pipeline_free - work off what waits, and end
 *
 * Process context; nobody pushes any longer. NULL workers (never initialised)
 * are allowed.
 */
void wg_pipeline_free(struct wg_pipeline *pipeline)
{
	int cpu;

	if (!pipeline->workers)
		return;
	for_each_possible_cpu(cpu)
		flush_work(&per_cpu_ptr(pipeline->workers, cpu)->work);
	WARN_ON_ONCE(!list_empty(&pipeline->queue));
	free_percpu(pipeline->workers);
	pipeline->workers = NULL;
}

/*
 * wg_pipeline_push - let some CPU work on a batch
 *
 * CPUs take turns in being woken; each takes whatever is first in line. Softirq
 * or process context. Return: false where too many wait, and then the batch is
 * still the caller's.
 */
bool wg_pipeline_push(struct wg_pipeline *pipeline, struct wg_batch *batch)
{
	int cpu;

	spin_lock_bh(&pipeline->lock);
	if (pipeline->length >= pipeline->limit) {
		spin_unlock_bh(&pipeline->lock);
		return false;
	}
	list_add_tail(&batch->work, &pipeline->queue);
	WRITE_ONCE(pipeline->length, pipeline->length + 1);
	cpu = cpumask_next(pipeline->last_cpu, cpu_online_mask);
	if (cpu >= nr_cpu_ids)
		cpu = cpumask_first(cpu_online_mask);
	pipeline->last_cpu = cpu;
	spin_unlock_bh(&pipeline->lock);

	/* A CPU that goes offline meanwhile has its work done elsewhere. */
	queue_work_on(cpu, pipeline->wq, &per_cpu_ptr(pipeline->workers, cpu)->work);
	return true;
}

/* wg_sender_init - an empty queue */
void wg_sender_init(struct wg_sender *sender)
{
	spin_lock_init(&sender->lock);
	INIT_LIST_HEAD(&sender->queue);
	sender->length = 0;
	sender->draining = false;
}

/*
 * wg_sender_enter - take a place in the order of sending
 * @alone: nothing was waiting or being sent
 *
 * Softirq or process context. Return: false where WG_MAX_QUEUED batches wait.
 */
bool wg_sender_enter(struct wg_sender *sender, struct wg_batch *batch, bool *alone)
{
	bool room;

	spin_lock_bh(&sender->lock);
	room = sender->length < WG_MAX_QUEUED;
	if (likely(room)) {
		*alone = list_empty(&sender->queue) && !sender->draining;
		list_add_tail(&batch->order, &sender->queue);
		sender->length++;
	}
	spin_unlock_bh(&sender->lock);
	return room;
}

/* The batches at the head of the line that are done, and with them the right to send. */
static bool wg_sender_take(struct wg_sender *sender, struct list_head *ready)
{
	struct wg_batch *batch;

	lockdep_assert_held(&sender->lock);
	while ((batch = list_first_entry_or_null(&sender->queue, struct wg_batch, order)) &&
	       batch->done) {
		list_move_tail(&batch->order, ready);
		sender->length--;
	}
	sender->draining = !list_empty(ready);
	return sender->draining;
}

/*
 * wg_sender_finish - a batch is done; send all whose turn has come
 * @send: takes the batch over
 *
 * One CPU at a time sends. Another that finishes a batch meanwhile leaves it in
 * the queue, where the first finds it when it asks again, under the same lock.
 *
 * Softirq or process context. The caller sees to it that @sender lives on: the
 * batches that are sent here may hold the last references to its owner.
 */
void wg_sender_finish(struct wg_sender *sender, struct wg_batch *batch,
		      void (*send)(struct wg_batch *batch))
{
	struct wg_batch *next;
	LIST_HEAD(ready);

	spin_lock_bh(&sender->lock);
	batch->done = true;
	if (sender->draining) {
		spin_unlock_bh(&sender->lock);
		return;
	}
	while (wg_sender_take(sender, &ready)) {
		spin_unlock_bh(&sender->lock);
		list_for_each_entry_safe(batch, next, &ready, order)
			send(batch);
		INIT_LIST_HEAD(&ready);
		spin_lock_bh(&sender->lock);
	}
	spin_unlock_bh(&sender->lock);
}
