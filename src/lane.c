// SPDX-License-Identifier: GPL-2.0
/*
 * The NAPIs of a device, and which streams they have to look at.
 *
 * No kick is lost. A kick that finds WG_STREAM_READY set leaves the stream to the poll
 * that will clear the bit, which looks at the stream only after that; both sides have a
 * full barrier between the bit and what they look for. A kick that sets the bit has put
 * the stream on the list before it schedules NAPI. If NAPI is scheduled at that time, the
 * poll either has not looked at the list for the last time, or NAPI remembers
 * (NAPIF_STATE_MISSED), or, before 4.10, compat_napi_complete() looks at the list once
 * more after it has cleared NAPI's bit: of the two, the kick's test of that bit and this
 * look, one comes second. A poll that has used up its budget stays scheduled.
 */
#include "lane.h"

#include <linux/bitops.h>
#include <linux/bug.h>
#include <linux/cpumask.h>
#include <linux/kernel.h>
#include <linux/slab.h>

/* More than CPUs, so that two busy peers seldom share one while others idle. */
#define WG_LANES_PER_CPU 2
#define WG_LANES_MAX 128

static struct wg_stream *wg_lane_next(struct wg_lane *lane)
{
	struct wg_stream *stream;

	if (!lane->todo)
		lane->todo = llist_reverse_order(llist_del_all(&lane->ready));
	if (!lane->todo)
		return NULL;
	stream = llist_entry(lane->todo, struct wg_stream, node);
	lane->todo = lane->todo->next;
	return stream;
}

static int wg_lane_poll(struct napi_struct *napi, int budget)
{
	struct wg_lane *lane = container_of(napi, struct wg_lane, napi);
	struct wg_stream *stream;
	int done = 0;

	while (done < budget && (stream = wg_lane_next(lane))) {
		bool more = false;

		clear_bit(WG_STREAM_READY, &stream->flags);
		/*
		 * Before looking: who finishes a batch after our look finds the
		 * bit clear and kicks anew. Pairs with wg_stream_kick().
		 */
		smp_mb__after_atomic();
		/* Looking is work too, lest streams without yield keep us for ever. */
		done += max(1, lane->ops->poll(stream, napi, budget - done, &more));
		if (more)
			wg_stream_kick(stream);
		lane->ops->put(stream);
	}

	/* A kick since the last look makes NAPI poll again. */
	if (done < budget)
		compat_napi_complete(napi, done, !llist_empty(&lane->ready));
	return done;
}

/*
 * wg_lanes_init - lanes for all streams of a device
 *
 * Process context; @dev need not be registered. Return: 0 or -ENOMEM.
 */
int wg_lanes_init(struct wg_lanes *lanes, struct net_device *dev, const struct wg_lane_ops *ops)
{
	unsigned int i, count = min_t(unsigned int, WG_LANES_MAX,
				      WG_LANES_PER_CPU * num_possible_cpus());

	lanes->lane = kvcalloc(count, sizeof(*lanes->lane), GFP_KERNEL);
	if (!lanes->lane)
		return -ENOMEM;
	for (i = 0; i < count; i++) {
		init_llist_head(&lanes->lane[i].ready);
		lanes->lane[i].ops = ops;
		/*
		 * A socket that polls would look at one lane, behind which are the peers'
		 * workers. Those who want to poll want the network card's NAPI.
		 */
		compat_napi_no_busy_poll(&lanes->lane[i].napi);
		netif_napi_add(dev, &lanes->lane[i].napi, wg_lane_poll);
		napi_enable(&lanes->lane[i].napi);
	}
	lanes->count = count;
	return 0;
}

/* wg_lanes_free - when no stream is left; process context; never initialised is allowed */
void wg_lanes_free(struct wg_lanes *lanes)
{
	unsigned int i;

	if (!lanes->lane)
		return;
	for (i = 0; i < lanes->count; i++) {
		napi_disable(&lanes->lane[i].napi);
		WARN_ON_ONCE(lanes->lane[i].todo || !llist_empty(&lanes->lane[i].ready));
		__netif_napi_del(&lanes->lane[i].napi);
	}
	/* One for all of them: netif_napi_del() would wait for each. */
	synchronize_net();
	kvfree(lanes->lane);
	lanes->lane = NULL;
}

/* wg_stream_init - an empty stream, on the lane that @id falls to */
void wg_stream_init(struct wg_stream *stream, struct wg_lanes *lanes, u64 id)
{
	memset(stream, 0, sizeof(*stream));
	stream->lane = &lanes->lane[(u32)id % lanes->count];
	spin_lock_init(&stream->lock);
	INIT_LIST_HEAD(&stream->arrivals);
	INIT_LIST_HEAD(&stream->queue);
}

/*
 * wg_stream_kick - have the lane look at a stream
 *
 * After something arrived or got done, with that visible to others before. The
 * caller holds a reference to the owner of @stream. Softirq or process context.
 */
void wg_stream_kick(struct wg_stream *stream)
{
	struct wg_lane *lane = stream->lane;

	/* Pairs with the barrier in wg_lane_poll(). */
	smp_mb__before_atomic();
	if (test_and_set_bit(WG_STREAM_READY, &stream->flags))
		return;
	lane->ops->get(stream);
	llist_add(&stream->node, &lane->ready);
	/* Softirqs are to run at once when this comes from a worker. */
	local_bh_disable();
	napi_schedule(&lane->napi);
	local_bh_enable();
}
