// SPDX-License-Identifier: GPL-2.0
/*
 * Batches, and work on any CPU.
 *
 * A batch costs one slot and one lock here, however many packets it holds.
 */
#include "pipeline.h"

#include <linux/bug.h>
#include <linux/cpumask.h>
#include <linux/percpu.h>
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
