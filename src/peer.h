/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A peer: its state, and the functions that create, find and remove it.
 */
#ifndef WG_PEER_H
#define WG_PEER_H

#include <linux/kref.h>
#include <linux/mutex.h>
#include <linux/workqueue.h>
#include "device.h"

/* Bits of wg_peer.work_flags: requests to peer->work. */
enum wg_work {
	WG_WORK_INITIATE,
	WG_WORK_FORGET_KEYS,
};

struct wg_peer {
	struct wg_device *device;
	struct wg_peer_node node;
	struct wg_allowedips_owner allowed;
	struct wg_keypairs keypairs;

	/* Packets that wait for a key. staged.lock is softirq-safe. */
	struct sk_buff_head staged;
	struct wg_peer_tx tx;
	struct wg_peer_rx rx;
	struct wg_endpoint endpoint;
	struct wg_timers timers;

	/* UDP payload, bytes. */
	atomic64_t tx_bytes;
	atomic64_t rx_bytes;

	/* Guards handshake, handshake_epoch and endpoint_changed. */
	struct mutex handshake_lock;
	struct wg_handshake handshake;
	/* wg_session_epoch() before the ephemeral key of @handshake was generated. */
	int handshake_epoch;
	/* The configuration changed the endpoint after the last initiation; see wg_hold_ns(). */
	bool endpoint_changed;
	struct wg_cookie_jar cookie;
	/* Boot time at which the last handshake message was sent; 0 is never. */
	atomic64_t sent_handshake_ns;
	/* Boot time at which the last session began; 0 is never. Under handshake_lock. */
	u64 session_ns;
	/* Wall clock time at which the last session was confirmed; 0 is never. */
	atomic64_t last_handshake_ns;

	struct work_struct work;
	unsigned long work_flags;

	/* Set by wg_peer_unlink(), never cleared. */
	bool dead;
	/*
	 * WGDEVICE_F_REPLACE_PEERS keeps this peer, and its entry in the request has not been
	 * processed yet. Under device->config.
	 */
	bool keep_pending;
	u64 id;
	/* In device->peers; under device->config. */
	struct list_head list;
	struct kref refs;
	struct rcu_head rcu;
};

/* peer.c, module */

/* Creates the slab cache: 0 or -ENOMEM. exit is called after the last peer is freed. */
int wg_peer_module_init(void);
void wg_peer_module_exit(void);

/* peer.c, configuration: under device->config */

/*
 * Creates a peer of the device. Process context. Return: the peer, with one reference that
 * belongs to the configuration; or an error: -ENOMEM, -ERANGE at WG_MAX_PEERS, or an error of
 * wg_peer_table_insert(), for example -EEXIST.
 */
struct wg_peer *wg_peer_create(struct wg_device *device, const u8 public_key[WG_KEY_LEN],
			       const u8 preshared_key[WG_KEY_LEN]);

/* Removes all peers of a device: all three steps that the top of peer.c lists. */
void wg_peer_remove_all(struct wg_device *device);

/* Step one of removal: moves the peer to @unlinked, for wg_peers_finish_removal(). */
void wg_peer_unlink(struct wg_peer *peer, struct list_head *unlinked);

/* Steps two and three of removal. Process context. The list may be empty. */
void wg_peers_finish_removal(struct list_head *unlinked);

/* peer.c, references */

/* Takes a reference. The caller already holds one. */
struct wg_peer *wg_peer_get(struct wg_peer *peer);

/* Takes a reference. Under RCU. Return: NULL if @peer is NULL or has no reference left. */
struct wg_peer *wg_peer_get_maybe(struct wg_peer *peer);

/* Drops a reference. Any context. NULL is allowed. */
void wg_peer_put(struct wg_peer *peer);

/* peer.c, lookups: return a reference, or NULL */

/* The peer with this public key. */
struct wg_peer *wg_peer_by_key(struct wg_device *device, const u8 public_key[WG_KEY_LEN]);

/* The peer whose handshake or session has this index. @kinds: WG_INDEX_*, or-ed together. */
struct wg_peer *wg_peer_by_index(struct wg_device *device, __le32 index, unsigned int kinds);

/* The peer with the longest allowed IP that matches this address. */
struct wg_peer *wg_peer_by_destination(struct wg_device *device, int family, const void *addr);

/* peer.c, other operations */

/* Ends all sessions and the handshake under way. Process context. */
void wg_peer_forget_keys(struct wg_peer *peer);

/*
 * wg_peer_forget_keys(), unless a session can still be used. Process context. Return: whether
 * the keys are forgotten.
 */
bool wg_peer_forget_old_keys(struct wg_peer *peer);

/*
 * Changes the preshared key, and ends all sessions and the handshake under way, which used the
 * old key. Process context. Return: false if the key is the same; then nothing ends.
 */
bool wg_peer_replace_preshared_key(struct wg_peer *peer, const u8 preshared_key[WG_KEY_LEN]);

/*
 * Stops sending in all sessions, and ends the handshake under way. Sessions still receive.
 * Process context.
 */
void wg_peer_retire_keys(struct wg_peer *peer);

/*
 * Applies a change of the device's key pair to a peer, and ends the handshake under way. Under
 * device->identity_lock, for writing.
 */
void wg_peer_take_identity(struct wg_peer *peer, const struct wg_identity *identity);

/*
 * Queues the work item of a peer, which does @what in process context. Softirq or process
 * context; the caller holds a reference, or is the peer's timer. Nothing is queued for a dead
 * peer.
 */
void wg_peer_queue_work(struct wg_peer *peer, enum wg_work what);

/*
 * Whether the peer has an endpoint, and its handshake is usable. Lockless: the result can change
 * at any time. Code that makes it true sends the staged packets afterwards.
 */
bool wg_peer_can_initiate(const struct wg_peer *peer);

/*
 * Begins a handshake, unless one began within Rekey-Timeout. Cheap enough to be called for each
 * packet. Softirq or process context; the caller holds a reference, or is the peer's timer.
 */
void wg_peer_want_session(struct wg_peer *peer);

/*
 * Sets an endpoint that the configuration requests. Process context. The caller calls
 * wg_peer_try_endpoint() next.
 */
void wg_peer_set_endpoint(struct wg_peer *peer, const struct wg_path *path);

/* Restarts a handshake with the old endpoint at the new one. Process context. */
void wg_peer_try_endpoint(struct wg_peer *peer);

/* Called when both sides have proven that they have the session's keys. */
void wg_peer_session_confirmed(struct wg_peer *peer);

/* Whether the current session may send. Any context. The result can change at any time. */
bool wg_peer_can_send(struct wg_peer *peer);

/* Whether packets wait for a key. The result can change at any time. */
bool wg_peer_has_staged(struct wg_peer *peer);

/* Drops and counts all packets that wait for a key. */
void wg_peer_drop_staged(struct wg_peer *peer, enum wg_drop reason);

/* Frees a batch with its remaining packets, and drops its references. */
void wg_peer_end_batch(struct wg_batch *batch);

/*
 * The address of a peer, for log messages with %pISpfsc. Read without the lock of the endpoint:
 * if the peer roams meanwhile, the address shown may be neither the old nor the new one.
 */
static inline const struct sockaddr *wg_peer_addr(const struct wg_peer *peer)
{
	return &peer->endpoint.path.remote.any;
}

static inline struct wg_peer *wg_peer_of_rx(struct wg_peer_rx *rx)
{
	return container_of(rx, struct wg_peer, rx);
}

static inline struct wg_peer *wg_peer_of_timers(struct wg_timers *timers)
{
	return container_of(timers, struct wg_peer, timers);
}

static inline struct wg_peer *wg_peer_of_allowed(struct wg_allowedips_owner *owner)
{
	return owner ? container_of(owner, struct wg_peer, allowed) : NULL;
}

#endif
