/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The state that all peers of one interface share: the private part of the net_device.
 * device.c initialises and destroys it.
 *
 * Lock order: RTNL, config, identity_lock, a peer's handshake_lock, and then the spinlocks.
 * Spinlocks do not nest, with two exceptions: the lock of the index table is taken inside
 * that of keypair slots, and the lock of a transmit queue inside that of the staged packets.
 * No reference to a peer is dropped under a spinlock: dropping the last one takes the lock of
 * the staged packets.
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

	/* Guards identity. A handshake that uses identity holds it for reading. */
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
	/* Incremented by each change that a dump shows; under config. */
	unsigned int changes;
	/* Peers whose memory is not freed yet; wg_device_destroy() waits for 0. */
	atomic_t live_peers;
	wait_queue_head_t no_peers;

	struct wg_sockets sockets;
	struct wg_crypt_queue encrypt;
	struct wg_crypt_queue decrypt;
	struct wg_crypt_queue handshakes;
	struct wg_napis napis;
	struct wg_stats __percpu *stats;

	/* Shared by all interfaces of the module. */
	struct wg_ratelimit *ratelimit;
	struct workqueue_struct *handshake_wq;
	/* Callbacks of the peers' queues, timers and work items; set before the first peer. */
	const struct wg_peer_tx_ops *peer_tx_ops;
	const struct wg_timer_ops *timer_ops;
	void (*peer_work)(struct work_struct *work);

	/* Boot time at which the handshake queue was last too long (wg_under_load()); 0: never. */
	atomic64_t loaded_ns;

	/* In wg_devices; under RTNL, like the three members below. */
	struct list_head list;
	/* Between wg_netns_exit_start(), which detached the sockets, and wg_netns_exit_finish(). */
	bool netns_exit_pending;
	/* In addition, the device's own namespace exits, and the timers are disabled. */
	bool own_netns_exits;
	/*
	 * The device's own namespace exits. A grace period has passed since the timers were
	 * disabled and the sockets detached, so wg_stop() need not wait for one.
	 */
	bool netns_quiesced;
};

static inline void wg_count(struct wg_device *device, enum wg_drop reason)
{
	wg_stats_count(device->stats, reason);
}

#endif
