// SPDX-License-Identifier: GPL-2.0
/*
 * The life of a peer.
 *
 * References: the configuration holds one from creation to removal; each batch
 * holds one, and a NAPI instance one for each queue that it has to poll. Neither the
 * timer nor the work item holds one: both are stopped before the configuration's
 * reference is dropped.
 *
 * Removal has three steps, so that any number of peers share one grace period:
 *
 * 1. wg_peer_unlink(): the peer is marked dead and taken from everything by
 *    which it could be found. Sessions end.
 * 2. A grace period. Who found the peer before, under RCU, either has made a
 *    reference by now, or is done. Who looked at "dead" or at the timers'
 *    "running" before they changed has done what it decided on: armed the timer,
 *    queued the work.
 * 3. wg_peers_end(): timer and work are stopped, and nobody can start them
 *    again; what waits for a key is dropped; the configuration lets go.
 *
 * Batches under way end as they come. The last reference frees the peer after
 * another grace period, since look-ups may see it until then.
 */
#include "peer.h"

#include <linux/bitops.h>
#include <linux/lockdep.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include "memneq.h"
#include "wg_limits.h"

static struct kmem_cache *wg_peer_cache;
static atomic64_t wg_peer_ids = ATOMIC64_INIT(0);

/* wg_peer_module_init - make the slab; 0 or -ENOMEM */
int __init wg_peer_module_init(void)
{
	wg_peer_cache = kmem_cache_create("wg_peer", sizeof(struct wg_peer), 0, 0, NULL);
	return wg_peer_cache ? 0 : -ENOMEM;
}

/* wg_peer_module_exit - after the last peer is freed */
void wg_peer_module_exit(void)
{
	kmem_cache_destroy(wg_peer_cache);
}

static void wg_peer_keypair_dropped(const struct wg_keypairs *slots, u64 keypair_id)
{
	const struct wg_peer *peer = container_of(slots, struct wg_peer, keypairs);

	pr_debug("%s: Keypair %llu destroyed for peer %llu\n", peer->device->dev->name,
		 keypair_id, peer->id);
}

/*
 * wg_peer_create - a new peer of the device
 *
 * Process context, under device->config. Return: the peer, whose one reference
 * is the configuration's; or an error: -ENOMEM, -ERANGE at WG_MAX_PEERS, and
 * what wg_peer_table_insert() returns, -EEXIST among it.
 */
struct wg_peer *wg_peer_create(struct wg_device *device, const u8 public_key[WG_KEY_LEN],
			       const u8 preshared_key[WG_KEY_LEN])
{
	struct wg_peer *peer;
	int ret;

	lockdep_assert_held(&device->config);
	if (device->peer_count >= WG_MAX_PEERS)
		return ERR_PTR(-ERANGE);
	peer = kmem_cache_zalloc(wg_peer_cache, GFP_KERNEL);
	if (!peer)
		return ERR_PTR(-ENOMEM);
	ret = wg_endpoint_init(&peer->endpoint);
	if (ret)
		goto err_free;

	peer->device = device;
	peer->id = atomic64_inc_return(&wg_peer_ids);
	memcpy(peer->node.public_key, public_key, WG_KEY_LEN);
	wg_allowedips_owner_init(&peer->allowed);
	wg_keypairs_init(&peer->keypairs, &device->indices, wg_peer_keypair_dropped);
	skb_queue_head_init(&peer->staged);
	wg_peer_tx_init(&peer->tx, device->peer_tx_ops);
	wg_peer_rx_init(&peer->rx, &device->napis, peer->id);
	wg_timers_init(&peer->timers, device->timer_ops);
	mutex_init(&peer->handshake_lock);
	wg_handshake_init(&peer->handshake, public_key);
	memcpy(peer->handshake.preshared_key, preshared_key, WG_KEY_LEN);
	wg_cookie_jar_init(&peer->cookie, public_key);
	INIT_WORK(&peer->work, device->peer_work);
	kref_init(&peer->refs);

	down_read(&device->identity_lock);
	wg_handshake_precompute(&peer->handshake, &device->identity);
	up_read(&device->identity_lock);

	/* Before a message can find the peer: what it sets off may arm a timer. */
	if (netif_running(device->dev))
		wg_timers_start(&peer->timers);
	ret = wg_peer_table_insert(&device->by_key, &peer->node);
	if (ret)
		goto err_endpoint;
	list_add_tail(&peer->list, &device->peers);
	device->peer_count++;
	atomic_inc(&device->live_peers);
	pr_debug("%s: Peer %llu created\n", device->dev->name, peer->id);
	return peer;

err_endpoint:
	wg_endpoint_free(&peer->endpoint);
err_free:
	memzero_explicit(peer, sizeof(*peer));
	kmem_cache_free(wg_peer_cache, peer);
	return ERR_PTR(ret);
}

static void wg_peer_forget_handshake(struct wg_peer *peer)
{
	lockdep_assert_held(&peer->handshake_lock);
	wg_handshake_clear(&peer->handshake);
	wg_index_remove(&peer->device->indices, &peer->handshake.index);
	/* The next handshake need not wait for the Rekey-Timeout of one that is void. */
	atomic64_set(&peer->sent_handshake_ns, 0);
	WRITE_ONCE(peer->endpoint_changed, false);
}

static void wg_peer_forget_all(struct wg_peer *peer)
{
	wg_peer_forget_handshake(peer);
	wg_keypairs_clear(&peer->keypairs);
}

/*
 * wg_peer_forget_keys - end all sessions and the handshake under way
 *
 * Process context. A handshake message that is being worked on waits for the
 * same lock, and finds its state gone.
 */
void wg_peer_forget_keys(struct wg_peer *peer)
{
	mutex_lock(&peer->handshake_lock);
	wg_peer_forget_all(peer);
	mutex_unlock(&peer->handshake_lock);
}

/*
 * wg_peer_forget_old_keys - the same, unless a session has begun that can still be used
 *
 * For the timer of old keys: a handshake may have been completed between its expiry and
 * the work item that calls this. Process context. Return: whether the keys are forgotten.
 */
bool wg_peer_forget_old_keys(struct wg_peer *peer)
{
	bool old;

	mutex_lock(&peer->handshake_lock);
	/* The clock is read under the lock: no session begins later than now. */
	old = !peer->session_ns || ktime_get_coarse_boottime_ns() - peer->session_ns >=
				   WG_REJECT_AFTER_TIME * WG_SEC_NS;
	if (old)
		wg_peer_forget_all(peer);
	mutex_unlock(&peer->handshake_lock);
	return old;
}

/*
 * wg_peer_replace_preshared_key - use another preshared key, and end what began with the old
 *
 * One section of handshake_lock: no handshake comes between the two. Process context.
 * Return: false if it is the key that the peer has; then nothing ends.
 */
bool wg_peer_replace_preshared_key(struct wg_peer *peer, const u8 preshared_key[WG_KEY_LEN])
{
	bool differs;

	mutex_lock(&peer->handshake_lock);
	differs = wg_memneq(peer->handshake.preshared_key, preshared_key, WG_KEY_LEN);
	if (differs) {
		memcpy(peer->handshake.preshared_key, preshared_key, WG_KEY_LEN);
		wg_peer_forget_all(peer);
	}
	mutex_unlock(&peer->handshake_lock);
	return differs;
}

/*
 * wg_peer_retire_keys - send nothing under any session, and end the handshake under way
 *
 * Sessions still receive. One that a handshake installs after this has keys of its own:
 * installing is under the same lock.
 */
void wg_peer_retire_keys(struct wg_peer *peer)
{
	mutex_lock(&peer->handshake_lock);
	wg_peer_forget_handshake(peer);
	wg_keypairs_retire(&peer->keypairs);
	mutex_unlock(&peer->handshake_lock);
}

/*
 * wg_peer_take_identity - go on under another key pair of the device
 *
 * Under device->identity_lock, for writing. A handshake under way began with the old
 * key and cannot be finished; its secrets must not wait for the next one to be
 * overwritten.
 */
void wg_peer_take_identity(struct wg_peer *peer, const struct wg_identity *identity)
{
	mutex_lock(&peer->handshake_lock);
	wg_peer_forget_handshake(peer);
	wg_handshake_precompute(&peer->handshake, identity);
	mutex_unlock(&peer->handshake_lock);
	wg_keypairs_retire(&peer->keypairs);
}

/*
 * wg_peer_unlink - step one of removal
 * @unlinked: list to which the peer goes, for wg_peers_end()
 */
void wg_peer_unlink(struct wg_peer *peer, struct list_head *unlinked)
{
	struct wg_device *device = peer->device;

	lockdep_assert_held(&device->config);
	WRITE_ONCE(peer->dead, true);
	wg_endpoint_close(&peer->endpoint);
	wg_timers_disable(&peer->timers);
	wg_allowedips_remove_owner(&device->allowedips, &peer->allowed);
	wg_peer_table_remove(&device->by_key, &peer->node);
	/*
	 * A handshake that holds the lock now may still make a session, which
	 * is then cleared; one that gets the lock later finds the peer dead.
	 */
	wg_peer_forget_keys(peer);
	list_move_tail(&peer->list, unlinked);
	device->peer_count--;
}

/* wg_peers_end - steps two and three; process context; may be called with none */
void wg_peers_end(struct list_head *unlinked)
{
	struct wg_peer *peer, *next;

	if (list_empty(unlinked))
		return;
	synchronize_net();
	list_for_each_entry_safe(peer, next, unlinked, list) {
		list_del(&peer->list);
		wg_timers_stop(&peer->timers);
		cancel_work_sync(&peer->work);
		/* Now: batches may hold the peer beyond the end of the namespace. */
		wg_endpoint_release(&peer->endpoint);
		wg_peer_drop_staged(peer, WG_DROP_TX_NO_HANDSHAKE);
		wg_peer_put(peer);
		cond_resched();
	}
}

/* wg_peer_remove_all - all three steps for all peers of a device */
void wg_peer_remove_all(struct wg_device *device)
{
	struct wg_peer *peer, *next;
	LIST_HEAD(unlinked);

	lockdep_assert_held(&device->config);
	list_for_each_entry_safe(peer, next, &device->peers, list) {
		wg_peer_unlink(peer, &unlinked);
		cond_resched();
	}
	wg_peers_end(&unlinked);
}

static void wg_peer_free(struct rcu_head *rcu)
{
	struct wg_peer *peer = container_of(rcu, struct wg_peer, rcu);
	struct wg_device *device = peer->device;

	wg_endpoint_free(&peer->endpoint);
	memzero_explicit(peer, sizeof(*peer));
	kmem_cache_free(wg_peer_cache, peer);
	/* Who waits for this ends with rcu_barrier(), lest the device goes under us. */
	if (atomic_dec_and_test(&device->live_peers))
		wake_up(&device->no_peers);
}

static void wg_peer_release(struct kref *refs)
{
	struct wg_peer *peer = container_of(refs, struct wg_peer, refs);

	/* Staged by somebody who held a reference beyond wg_peers_end(). */
	wg_peer_drop_staged(peer, WG_DROP_TX_NO_HANDSHAKE);
	pr_debug("%s: Peer %llu destroyed\n", peer->device->dev->name, peer->id);
	call_rcu(&peer->rcu, wg_peer_free);
}

/* wg_peer_get - one more reference, by somebody who has one */
struct wg_peer *wg_peer_get(struct wg_peer *peer)
{
	kref_get(&peer->refs);
	return peer;
}

/* wg_peer_get_maybe - a reference, or NULL if @peer is NULL or on its way out; under RCU */
struct wg_peer *wg_peer_get_maybe(struct wg_peer *peer)
{
	return peer && kref_get_unless_zero(&peer->refs) ? peer : NULL;
}

/* wg_peer_put - drop a reference; any context; NULL is allowed */
void wg_peer_put(struct wg_peer *peer)
{
	if (peer)
		kref_put(&peer->refs, wg_peer_release);
}

/* wg_peer_by_key - the peer with this public key */
struct wg_peer *wg_peer_by_key(struct wg_device *device, const u8 public_key[WG_KEY_LEN])
{
	struct wg_peer_node *node;
	struct wg_peer *peer;

	rcu_read_lock();
	node = wg_peer_table_lookup(&device->by_key, public_key);
	peer = node ? wg_peer_get_maybe(container_of(node, struct wg_peer, node)) : NULL;
	rcu_read_unlock();
	return peer;
}

/*
 * wg_peer_by_index - the peer that a handshake or a session of this index belongs to
 * @kinds: WG_INDEX_*, or-ed together
 *
 * Under RCU a keypair's slots are valid as long as the keypair is in the table:
 * wg_peer_unlink() takes it out before the grace period that precedes the
 * freeing of the peer.
 */
struct wg_peer *wg_peer_by_index(struct wg_device *device, __le32 index, unsigned int kinds)
{
	struct wg_peer *peer = NULL;
	struct wg_index_node *node;
	struct wg_keypairs *slots;

	rcu_read_lock();
	node = wg_index_lookup(&device->indices, index, kinds);
	if (node && node->kind == WG_INDEX_HANDSHAKE) {
		peer = container_of(node, struct wg_peer, handshake.index);
	} else if (node) {
		slots = container_of(node, struct wg_keypair, index)->slots;
		peer = container_of(slots, struct wg_peer, keypairs);
	}
	peer = wg_peer_get_maybe(peer);
	rcu_read_unlock();
	return peer;
}

/* wg_peer_by_destination - the peer that cryptokey routing sends this address to */
struct wg_peer *wg_peer_by_destination(struct wg_device *device, int family, const void *addr)
{
	struct wg_peer *peer;

	rcu_read_lock();
	peer = wg_peer_of_allowed(wg_allowedips_lookup(&device->allowedips, family, addr));
	peer = wg_peer_get_maybe(peer);
	rcu_read_unlock();
	return peer;
}

/*
 * wg_peer_queue_work - have the work item of a peer do @what in process context
 *
 * Softirq or process context; the caller has a reference, or is the peer's
 * timer. Nothing is queued for a dead peer: see the head of this file.
 */
void wg_peer_queue_work(struct wg_peer *peer, enum wg_work what)
{
	rcu_read_lock();
	if (!READ_ONCE(peer->dead)) {
		set_bit(what, &peer->work_flags);
		queue_work(peer->device->handshake_wq, &peer->work);
	}
	rcu_read_unlock();
}

/* We sent a handshake message within the last Rekey-Timeout. */
static bool wg_peer_handshake_sent_recently(const struct wg_peer *peer)
{
	u64 sent = atomic64_read(&peer->sent_handshake_ns);

	return sent && ktime_get_coarse_boottime_ns() - sent < WG_REKEY_TIMEOUT * WG_SEC_NS;
}

/*
 * wg_peer_can_initiate - there is an endpoint, and key agreement with the peer works
 *
 * May be outdated by the next line. Whatever changes the answer to true sends what is
 * staged after that, and so asks again.
 */
bool wg_peer_can_initiate(const struct wg_peer *peer)
{
	return wg_endpoint_usable(&peer->endpoint) && READ_ONCE(peer->handshake.usable);
}

/*
 * wg_peer_want_session - begin a handshake, unless one was begun just now
 *
 * Cheap enough to be called for each packet. Softirq or process context; the
 * caller has a reference, or is the peer's timer.
 */
void wg_peer_want_session(struct wg_peer *peer)
{
	/* A new request starts the count of attempts again. */
	WRITE_ONCE(peer->timers.attempts, 0);
	if (!wg_peer_can_initiate(peer)) {
		/*
		 * Arm the retransmit timer although nothing can be sent: when the attempts
		 * are used up, wg_on_give_up() drops the staged packets.
		 */
		wg_timers_start_one(&peer->timers, WG_TIMER_RETRANSMIT);
		return;
	}
	if (READ_ONCE(peer->endpoint_changed) || !wg_peer_handshake_sent_recently(peer))
		wg_peer_queue_work(peer, WG_WORK_INITIATE);
}

/*
 * wg_peer_set_endpoint - the configuration gives the peer another endpoint
 *
 * The Rekey-Timeout of an initiation to the old endpoint does not hold back the next one: see
 * wg_hold_ns(). An initiation that is made after this section goes to the new endpoint, and
 * clears the mark. One that is made before may go to either, and one more follows.
 * Process context; wg_peer_try_endpoint() is next.
 */
void wg_peer_set_endpoint(struct wg_peer *peer, const struct wg_path *path)
{
	mutex_lock(&peer->handshake_lock);
	/* Where there was none, no initiation has gone anywhere. */
	if (wg_endpoint_usable(&peer->endpoint))
		WRITE_ONCE(peer->endpoint_changed, true);
	wg_endpoint_set(&peer->endpoint, path);
	mutex_unlock(&peer->handshake_lock);
}

/*
 * wg_peer_try_endpoint - begin again at the new endpoint what waits for an answer of the old
 *
 * A packet that is staged after this looked at the queue finds the mark in
 * wg_peer_want_session(). Process context.
 */
void wg_peer_try_endpoint(struct wg_peer *peer)
{
	bool waiting, staged = wg_peer_has_staged(peer);

	mutex_lock(&peer->handshake_lock);
	waiting = peer->endpoint_changed && wg_peer_can_initiate(peer) &&
		  (staged || peer->handshake.state == WG_HANDSHAKE_SENT_INITIATION);
	mutex_unlock(&peer->handshake_lock);
	if (!waiting)
		return;
	if (staged)
		WRITE_ONCE(peer->timers.attempts, 0);
	wg_peer_queue_work(peer, WG_WORK_INITIATE);
}

/* wg_peer_session_confirmed - both sides are known to have the new session's keys */
void wg_peer_session_confirmed(struct wg_peer *peer)
{
	atomic64_set(&peer->last_handshake_ns, ktime_get_real_ns());
	wg_timers_note(&peer->timers, WG_EVENT_HANDSHAKE_DONE);
}

/* wg_peer_has_staged - packets wait for a key; may be outdated by the next line */
bool wg_peer_has_staged(struct wg_peer *peer)
{
	bool any;

	spin_lock_bh(&peer->staged.lock);
	any = !skb_queue_empty(&peer->staged);
	spin_unlock_bh(&peer->staged.lock);
	return any;
}

/* wg_peer_drop_staged - drop, and count, all packets that wait for a key */
void wg_peer_drop_staged(struct wg_peer *peer, enum wg_drop reason)
{
	struct sk_buff *skb;

	while ((skb = skb_dequeue(&peer->staged))) {
		wg_count(peer->device, reason);
		kfree_skb(skb);
	}
}

/* wg_peer_end_batch - drop what is left in a batch, and all that it refers to */
void wg_peer_end_batch(struct wg_batch *batch)
{
	__skb_queue_purge(&batch->packets);
	wg_keypair_put(batch->keypair);
	wg_peer_put(batch->peer);
	wg_batch_free(batch);
}
