// SPDX-License-Identifier: GPL-2.0
/*
 * Batches, and crypt queues, which process them on any CPU.
 *
 * A push or a pop takes the lock once for a batch, however many packets it holds.
 */
#include "crypt_queue.h"

#include <linux/bug.h>
#include <linux/cpumask.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/slab.h>

static struct kmem_cache *wg_batch_cache;

int __init wg_batch_module_init(void)
{
	wg_batch_cache = kmem_cache_create("wg_batch", sizeof(struct wg_batch), 0, 0, NULL);
	return wg_batch_cache ? 0 : -ENOMEM;
}

void wg_batch_module_exit(void)
{
	kmem_cache_destroy(wg_batch_cache);
}

struct wg_batch *wg_batch_new(void)
{
	struct wg_batch *batch = kmem_cache_zalloc(wg_batch_cache, GFP_ATOMIC);

	if (likely(batch))
		__skb_queue_head_init(&batch->packets);
	return batch;
}

void wg_batch_free(struct wg_batch *batch)
{
	kmem_cache_free(wg_batch_cache, batch);
}

static struct wg_batch *wg_crypt_queue_pop(struct wg_crypt_queue *queue)
{
	struct wg_batch *batch;

	spin_lock_bh(&queue->lock);
	batch = list_first_entry_or_null(&queue->batches, struct wg_batch, work);
	if (batch) {
		list_del(&batch->work);
		WRITE_ONCE(queue->length, queue->length - 1);
	}
	spin_unlock_bh(&queue->lock);
	return batch;
}

static void wg_crypt_queue_work(struct work_struct *work)
{
	struct wg_crypt_queue *queue = container_of(work, struct wg_worker, work)->queue;
	struct wg_batch *batch;

	while ((batch = wg_crypt_queue_pop(queue))) {
		queue->process(batch);
		cond_resched();
	}
}

int wg_crypt_queue_init(struct wg_crypt_queue *queue, struct workqueue_struct *wq,
		     unsigned int limit, void (*process)(struct wg_batch *batch))
{
	struct wg_worker *worker;
	int cpu;

	queue->workers = alloc_percpu(struct wg_worker);
	if (!queue->workers)
		return -ENOMEM;
	for_each_possible_cpu(cpu) {
		worker = per_cpu_ptr(queue->workers, cpu);
		worker->queue = queue;
		INIT_WORK(&worker->work, wg_crypt_queue_work);
	}
	spin_lock_init(&queue->lock);
	INIT_LIST_HEAD(&queue->batches);
	queue->length = 0;
	queue->limit = limit;
	queue->process = process;
	queue->wq = wq;
	queue->last_cpu = -1;
	return 0;
}

void wg_crypt_queue_free(struct wg_crypt_queue *queue)
{
	int cpu;

	if (!queue->workers)
		return;
	for_each_possible_cpu(cpu)
		flush_work(&per_cpu_ptr(queue->workers, cpu)->work);
	WARN_ON_ONCE(!list_empty(&queue->batches));
	free_percpu(queue->workers);
	queue->workers = NULL;
}

/*
 * CPUs are woken in turn. A worker takes the first batch of the queue, not the one for which it
 * was woken.
 */
bool wg_crypt_queue_push(struct wg_crypt_queue *queue, struct wg_batch *batch)
{
	int cpu;

	spin_lock_bh(&queue->lock);
	if (queue->length >= queue->limit) {
		spin_unlock_bh(&queue->lock);
		return false;
	}
	list_add_tail(&batch->work, &queue->batches);
	WRITE_ONCE(queue->length, queue->length + 1);
	cpu = cpumask_next(queue->last_cpu, cpu_online_mask);
	if (cpu >= nr_cpu_ids)
		cpu = cpumask_first(cpu_online_mask);
	queue->last_cpu = cpu;
	spin_unlock_bh(&queue->lock);

	/* If the CPU goes offline meanwhile, the workqueue runs its work on another one. */
	queue_work_on(cpu, queue->wq, &per_cpu_ptr(queue->workers, cpu)->work);
	return true;
}
