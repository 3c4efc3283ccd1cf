// SPDX-License-Identifier: GPL-2.0
/*
 * The NAPI instances of a device, and which receive queues they have to poll.
 *
 * No call of wg_peer_rx_schedule() is lost. A call that finds WG_PEER_RX_SCHEDULED set
 * leaves the queue to the poll that will clear the bit, which looks at the queue only
 * after that; both sides have a full barrier between the bit and what they look for. A
 * call that sets the bit has put the queue on the list before it schedules NAPI. If NAPI
 * is scheduled at that time, the poll either has not looked at the list for the last time,
 * or NAPI remembers (NAPIF_STATE_MISSED), or, before 4.10, compat_napi_complete() looks at
 * the list once more after it has cleared NAPI's bit: of the two, the call's test of that bit and this
 * look, one comes second. A poll that has used up its budget stays scheduled.
 */
#include "peer_rx.h"

#include <linux/bitops.h>
#include <linux/bug.h>
#include <linux/cpumask.h>
#include <linux/kernel.h>
#include <linux/slab.h>

/* More than CPUs, so that two busy peers seldom share one while others idle. */
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

		clear_bit(WG_PEER_RX_SCHEDULED, &rx->flags);
		/*
		 * Before looking: a CPU that completes a batch after this look finds the bit
		 * clear and schedules the queue again. Pairs with wg_peer_rx_schedule().
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

	/* If a queue was scheduled since the last look, NAPI polls again. */
	if (done < budget)
		compat_napi_complete(napi, done, !llist_empty(&instance->ready));
	return done;
}

/*
 * wg_napis_init - the NAPI instances for the receive queues of a device
 *
 * Process context; @dev need not be registered. Return: 0 or -ENOMEM.
 */
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
		 * A socket that busy polls would poll one instance and wait for the workers of
		 * its peers. It wants the network card's NAPI.
		 */
		compat_napi_no_busy_poll(&napis->instance[i].napi);
		netif_napi_add(dev, &napis->instance[i].napi, wg_napi_poll);
		napi_enable(&napis->instance[i].napi);
	}
	napis->count = count;
	return 0;
}

/* wg_napis_free - when no receive queue is left; process context; never initialised is allowed */
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
	/* One for all of them: netif_napi_del() would wait for each. */
	synchronize_net();
	kvfree(napis->instance);
	napis->instance = NULL;
}

/* wg_peer_rx_init - an empty queue, bound to a NAPI instance that @id selects */
void wg_peer_rx_init(struct wg_peer_rx *rx, struct wg_napis *napis, u64 id)
{
	memset(rx, 0, sizeof(*rx));
	rx->instance = &napis->instance[(u32)id % napis->count];
	spin_lock_init(&rx->lock);
	INIT_LIST_HEAD(&rx->arrivals);
	INIT_LIST_HEAD(&rx->queue);
}

/*
 * wg_peer_rx_schedule - have the NAPI instance poll a receive queue
 *
 * After something arrived or got done, with that visible to others before. The
 * caller holds a reference to the owner of @rx. Softirq or process context.
 */
void wg_peer_rx_schedule(struct wg_peer_rx *rx)
{
	struct wg_napi *instance = rx->instance;

	/* Pairs with the barrier in wg_napi_poll(). */
	smp_mb__before_atomic();
	if (test_and_set_bit(WG_PEER_RX_SCHEDULED, &rx->flags))
		return;
	instance->ops->get(rx);
	llist_add(&rx->node, &instance->ready);
	/* Softirqs are to run at once when this comes from a worker. */
	local_bh_disable();
	napi_schedule(&instance->napi);
	local_bh_enable();
}
