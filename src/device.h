/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What all peers of one interface share. device.c makes it and ends it; it is
 * the private part of the net_device.
 *
 * Lock order: RTNL, config, identity_lock, a peer's handshake_lock, and then the
 * spinlocks, none of which is held while another is taken, but for the index
 * table's inside that of keypair slots, and a transmit queue's inside that of the staged
 * packets. No reference to a peer is dropped under a spinlock: the last one takes the
 * lock of the staged packets.
 */
#ifndef WG_DEVICE_H
#define WG_DEVICE_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/netdevice.h>
#include <linux/rwsem.h>
#include <linux/wait.h>
#include "allowedips.h"
#include "cookie.h"
#include "handshake.h"
#include "peer_rx.h"
#include "lookup.h"
#include "crypt_queue.h"
#include "ratelimit.h"
#include "peer_tx.h"
#include "socket.h"
#include "stats.h"
#include "timers.h"

struct wg_device {
	struct net_device *dev;

	/* Guards identity; held for reading while a handshake uses it. */
	struct rw_semaphore identity_lock;
	struct wg_identity identity;
	struct wg_cookie_checker checker;

	/* Serialises all changes of the configuration. */
	struct mutex config;
	struct wg_peer_table by_key;
	struct wg_index_table indices;
	struct wg_allowedips allowedips;
	/* Oldest first; under config. */
	struct list_head peers;
	unsigned int peer_count;
	/* Moves on with each change that a dump would show; under config. */
	unsigned int changes;
	/* Peers whose memory is not given back yet, and who waits for that. */
	atomic_t live_peers;
	wait_queue_head_t no_peers;

	struct wg_sockets sockets;
	struct wg_crypt_queue encrypt;
	struct wg_crypt_queue decrypt;
	struct wg_crypt_queue handshakes;
	struct wg_napis napis;
	struct wg_stats __percpu *stats;

	/* The module's; shared with all other interfaces. */
	struct wg_ratelimit *ratelimit;
	struct workqueue_struct *handshake_wq;
	/* What peers do at times; set before the first peer. */
	const struct wg_peer_tx_ops *peer_tx_ops;
	const struct wg_timer_ops *timer_ops;
	void (*peer_work)(struct work_struct *work);

	/* Boot time at which the handshake queue was last long; 0 is never. */
	atomic64_t loaded_ns;

	/* In the list of all interfaces; under RTNL, like the three below. */
	struct list_head list;
	/* Its sockets were detached as a namespace ends, and no grace period has passed. */
	bool leaving;
	/* Its timers were disabled then, since its own namespace ends. */
	bool ends;
	/*
	 * The device's own namespace ends. Timers were disabled and sockets detached a grace
	 * period ago, so wg_stop() need not wait for one.
	 */
	bool quiet;
};

static inline void wg_count(struct wg_device *device, enum wg_drop reason)
{
	wg_stats_count(device->stats, reason);
}

#endif
