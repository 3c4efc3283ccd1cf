// SPDX-License-Identifier: GPL-2.0
/*
 * The NAPI instances of a device, and the receive queues that they have to poll.
 *
 * No call of wg_peer_rx_schedule() is lost:
 *
 * - If the call finds WG_PEER_RX_SCHEDULED set, a poll will clear the bit and read the queue
 *   after that. Both sides have a full barrier: the call between its change of the queue and
 *   its test of the bit, the poll between clearing the bit and reading the queue.
 * - If the call sets the bit, it adds the queue to the ready list before it schedules NAPI.
 *   If NAPI is already scheduled, one of these holds: the poll reads the list once more before
 *   it completes; or NAPI has recorded the call (NAPIF_STATE_MISSED) and polls again; or, on
 *   kernels before 4.10, compat_napi_complete() clears NAPI's bit and then reads the list. In
 *   the last case either the call's test sees the bit clear, or compat_napi_complete() sees
 *   the queue on the list.
 *
 * A poll that has used up its budget stays scheduled.
 */
#include "peer_rx.h"

#include <linux/bitops.h>
#include <linux/bug.h>
#include <linux/cpumask.h>
#include <linux/kernel.h>
#include <linux/slab.h>

/* More instances than CPUs: two busy peers rarely share one while others are idle. */
#define WG_NAPIS_PER_CPU 2
#define WG_NAPIS_MAX 128

static struct wg_peer_rx *wg_napi_next(struct wg_napi *instance)
{
	struct wg_peer_rx *rx;

	if (!instance->todo)
		instance->todo = llist_reverse_order(llist_del_all(&instance->ready));
	if (!instance->todo)
		return NULL;
	rx = llist_entry(instance->todo, struct wg_peer_rx, node);
	instance->todo = instance->todo->next;
	return rx;
}

static int wg_napi_poll(struct napi_struct *napi, int budget)
{
	struct wg_napi *instance = container_of(napi, struct wg_napi, napi);
	struct wg_peer_rx *rx;
	int done = 0;

	while (done < budget && (rx = wg_napi_next(instance))) {
		bool more = false;

		/*
		 * wg_napi_next() has read rx->node.next. A CPU that finds the bit clear
		 * writes it.
		 */
		smp_mb__before_atomic();
		clear_bit(WG_PEER_RX_SCHEDULED, &rx->flags);
		/*
		 * Clear the bit before reading the queue: a CPU that completes a batch after the
		 * poll has read the queue finds the bit clear and schedules the queue again.
		 * Pairs with the barrier in wg_peer_rx_schedule().
		 */
		smp_mb__after_atomic();
		/*
		 * Charge an empty queue one unit, so that wake-ups without packets
		 * cannot keep the poll running.
		 */
		done += max(1, instance->ops->poll(rx, napi, budget - done, &more));
		if (more)
			wg_peer_rx_schedule(rx);
		instance->ops->put(rx);
	}

	/* If a queue was scheduled since wg_napi_next() returned NULL, NAPI polls again. */
	if (done < budget)
		compat_napi_complete(napi, done, !llist_empty(&instance->ready));
	return done;
}

int wg_napis_init(struct wg_napis *napis, struct net_device *dev, const struct wg_napi_ops *ops)
{
	unsigned int i, count = min_t(unsigned int, WG_NAPIS_MAX,
				      WG_NAPIS_PER_CPU * num_possible_cpus());

	napis->instance = kvcalloc(count, sizeof(*napis->instance), GFP_KERNEL);
	if (!napis->instance)
		return -ENOMEM;
	for (i = 0; i < count; i++) {
		init_llist_head(&napis->instance[i].ready);
		napis->instance[i].ops = ops;
		/*
		 * A busy-polling socket must poll the NAPI of the network card. Polling this
		 * instance would only wait for the workers that decrypt.
		 */
		compat_napi_no_busy_poll(&napis->instance[i].napi);
		compat_napi_add(dev, &napis->instance[i].napi, wg_napi_poll);
		napi_enable(&napis->instance[i].napi);
	}
	napis->count = count;
	return 0;
}

void wg_napis_free(struct wg_napis *napis)
{
	unsigned int i;

	if (!napis->instance)
		return;
	for (i = 0; i < napis->count; i++) {
		napi_disable(&napis->instance[i].napi);
		WARN_ON_ONCE(napis->instance[i].todo || !llist_empty(&napis->instance[i].ready));
		__netif_napi_del(&napis->instance[i].napi);
	}
	/* One grace period for all instances: netif_napi_del() would wait for one each. */
	synchronize_net();
	kvfree(napis->instance);
	napis->instance = NULL;
}

void wg_peer_rx_init(struct wg_peer_rx *rx, struct wg_napis *napis, u64 id)
{
	memset(rx, 0, sizeof(*rx));
	rx->instance = &napis->instance[(u32)id % napis->count];
	spin_lock_init(&rx->lock);
	INIT_LIST_HEAD(&rx->arrivals);
	INIT_LIST_HEAD(&rx->queue);
}

void wg_peer_rx_schedule(struct wg_peer_rx *rx)
{
	struct wg_napi *instance = rx->instance;

	/* Orders the caller's change before the test. Pairs with wg_napi_poll(). */
	smp_mb__before_atomic();
	if (test_and_set_bit(WG_PEER_RX_SCHEDULED, &rx->flags))
		return;
	instance->ops->get(rx);
	llist_add(&rx->node, &instance->ready);
	/* In a worker, local_bh_enable() runs the NAPI softirq at once. */
	local_bh_disable();
	napi_schedule(&instance->napi);
	local_bh_enable();
}
