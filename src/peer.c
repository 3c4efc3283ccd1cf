// SPDX-License-Identifier: GPL-2.0
/*
 * Creation, lookup, reference counting and removal of peers.
 *
 * References: the configuration holds one from creation to removal; each batch
 * holds one, and a NAPI instance holds one for each queue that it has to poll.
 * Neither the timer nor the work item holds one: both are stopped before the
 * configuration's reference is dropped.
 *
 * Removal has three steps, so that any number of peers share one grace period:
 *
 * 1. wg_peer_unlink() marks the peer dead, removes it from every table in which a
 *    lookup could find it, and ends its sessions.
 * 2. A grace period. After it every RCU reader that could find the peer has taken
 *    a reference or finished. Every RCU reader that saw "dead" clear or the
 *    timers' "running" set has armed the timer or queued the work by then.
 * 3. wg_peers_finish_removal() stops timer and work, which nothing can start again, drops the
 *    staged packets and drops the configuration's reference.
 *
 * Batches under way complete normally. Dropping the last reference frees the peer
 * after another grace period, since lookups may see it until then.
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

int __init wg_peer_module_init(void)
{
	wg_peer_cache = kmem_cache_create("wg_peer", sizeof(struct wg_peer), 0, 0, NULL);
	return wg_peer_cache ? 0 : -ENOMEM;
}

void wg_peer_module_exit(void)
{
	kmem_cache_destroy(wg_peer_cache);
}

static void wg_peer_keypair_dropped(const struct wg_keypairs *slots, u64 keypair_id)
{
	const struct wg_peer *peer = container_of(slots, struct wg_peer, keypairs);

	pr_debug("%s: peer %llu: keypair %llu removed\n", peer->device->dev->name, peer->id,
		 keypair_id);
}

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

	/* Before a message can find the peer: handling the message may arm a timer. */
	if (netif_running(device->dev))
		wg_timers_start(&peer->timers);
	ret = wg_peer_table_insert(&device->by_key, &peer->node);
	if (ret)
		goto err_endpoint;
	list_add_tail(&peer->list, &device->peers);
	device->peer_count++;
	atomic_inc(&device->live_peers);
	pr_debug("%s: peer %llu: added\n", device->dev->name, peer->id);
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
	/* The next handshake need not wait for the Rekey-Timeout of the one ended here. */
	atomic64_set(&peer->sent_handshake_ns, 0);
	WRITE_ONCE(peer->endpoint_changed, false);
}

static void wg_peer_forget_all(struct wg_peer *peer)
{
	wg_peer_forget_handshake(peer);
	wg_keypairs_clear(&peer->keypairs);
}

/*
 * A worker that processes a handshake message meanwhile waits for the same lock, and then finds
 * the handshake state cleared.
 */
void wg_peer_forget_keys(struct wg_peer *peer)
{
	mutex_lock(&peer->handshake_lock);
	wg_peer_forget_all(peer);
	mutex_unlock(&peer->handshake_lock);
}

/*
 * Called by the work item that the forget_keys timer queues: a handshake may complete between
 * the expiry of the timer and this call.
 */
bool wg_peer_forget_old_keys(struct wg_peer *peer)
{
	bool old;

	mutex_lock(&peer->handshake_lock);
	/* The clock is read under the lock, so session_ns is not later than now. */
	old = !peer->session_ns || ktime_get_coarse_boottime_ns() - peer->session_ns >=
				   WG_REJECT_AFTER_TIME * WG_SEC_NS;
	if (old)
		wg_peer_forget_all(peer);
	mutex_unlock(&peer->handshake_lock);
	return old;
}

/* Both happen in one section of handshake_lock, so that no handshake comes between them. */
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

/* A session that is installed after this has fresh keys, since installing takes the same lock. */
void wg_peer_retire_keys(struct wg_peer *peer)
{
	mutex_lock(&peer->handshake_lock);
	wg_peer_forget_handshake(peer);
	wg_keypairs_retire(&peer->keypairs);
	mutex_unlock(&peer->handshake_lock);
}

/*
 * The handshake under way began with the old key and cannot complete. Its secrets are wiped
 * here, and not only when the next handshake overwrites them.
 */
void wg_peer_take_identity(struct wg_peer *peer, const struct wg_identity *identity)
{
	mutex_lock(&peer->handshake_lock);
	wg_peer_forget_handshake(peer);
	wg_handshake_precompute(&peer->handshake, identity);
	mutex_unlock(&peer->handshake_lock);
	wg_keypairs_retire(&peer->keypairs);
}

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
	 * A handshake that holds handshake_lock now may still install a session, which is
	 * then cleared. A handshake that takes the lock later sees the peer dead.
	 */
	wg_peer_forget_keys(peer);
	list_move_tail(&peer->list, unlinked);
	device->peer_count--;
}

void wg_peers_finish_removal(struct list_head *unlinked)
{
	struct wg_peer *peer, *next;

	if (list_empty(unlinked))
		return;
	synchronize_net();
	list_for_each_entry_safe(peer, next, unlinked, list) {
		list_del(&peer->list);
		wg_timers_stop(&peer->timers);
		cancel_work_sync(&peer->work);
		/* Not in wg_peer_free(): a batch may hold the peer after the namespace is gone. */
		wg_endpoint_release(&peer->endpoint);
		wg_peer_drop_staged(peer, WG_DROP_TX_NO_HANDSHAKE);
		wg_peer_put(peer);
		cond_resched();
	}
}

void wg_peer_remove_all(struct wg_device *device)
{
	struct wg_peer *peer, *next;
	LIST_HEAD(unlinked);

	lockdep_assert_held(&device->config);
	list_for_each_entry_safe(peer, next, &device->peers, list) {
		wg_peer_unlink(peer, &unlinked);
		cond_resched();
	}
	wg_peers_finish_removal(&unlinked);
}

static void wg_peer_free(struct rcu_head *rcu)
{
	struct wg_peer *peer = container_of(rcu, struct wg_peer, rcu);
	struct wg_device *device = peer->device;

	wg_endpoint_free(&peer->endpoint);
	memzero_explicit(peer, sizeof(*peer));
	kmem_cache_free(wg_peer_cache, peer);
	/* The waiter calls rcu_barrier() before it frees the device, which is used here. */
	if (atomic_dec_and_test(&device->live_peers))
		wake_up(&device->no_peers);
}

static void wg_peer_release(struct kref *refs)
{
	struct wg_peer *peer = container_of(refs, struct wg_peer, refs);

	/* A holder of a reference may have staged packets after wg_peers_finish_removal(). */
	wg_peer_drop_staged(peer, WG_DROP_TX_NO_HANDSHAKE);
	pr_debug("%s: peer %llu: last reference released\n", peer->device->dev->name, peer->id);
	call_rcu(&peer->rcu, wg_peer_free);
}

struct wg_peer *wg_peer_get(struct wg_peer *peer)
{
	kref_get(&peer->refs);
	return peer;
}

struct wg_peer *wg_peer_get_maybe(struct wg_peer *peer)
{
	return peer && kref_get_unless_zero(&peer->refs) ? peer : NULL;
}

void wg_peer_put(struct wg_peer *peer)
{
	if (peer)
		kref_put(&peer->refs, wg_peer_release);
}

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
 * The slots are part of the peer. Under RCU they are valid for a keypair that is found in the
 * table: wg_peer_unlink() removes the keypair before the grace period that precedes the freeing
 * of the peer.
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

struct wg_peer *wg_peer_by_destination(struct wg_device *device, int family, const void *addr)
{
	struct wg_peer *peer;

	rcu_read_lock();
	peer = wg_peer_of_allowed(wg_allowedips_lookup(&device->allowedips, family, addr));
	peer = wg_peer_get_maybe(peer);
	rcu_read_unlock();
	return peer;
}

/* Nothing is queued for a dead peer: see the top of this file. */
void wg_peer_queue_work(struct wg_peer *peer, enum wg_work what)
{
	rcu_read_lock();
	if (!READ_ONCE(peer->dead)) {
		set_bit(what, &peer->work_flags);
		/*
		 * Orders set_bit() before the test in queue_work() whether the work is pending.
		 * On arm64 before 6.0 that test has no barrier if the work is pending.
		 */
		smp_mb__after_atomic();
		queue_work(peer->device->handshake_wq, &peer->work);
	}
	rcu_read_unlock();
}

/* Whether a handshake message was sent within the last Rekey-Timeout. */
static bool wg_peer_handshake_sent_recently(const struct wg_peer *peer)
{
	u64 sent = atomic64_read(&peer->sent_handshake_ns);

	return sent && ktime_get_coarse_boottime_ns() - sent < WG_REKEY_TIMEOUT_NS;
}

/*
 * An outdated "false" delays no packet: code that makes the result true sends the staged packets
 * afterwards, and wg_peer_want_session() then calls this function again.
 */
bool wg_peer_can_initiate(const struct wg_peer *peer)
{
	return wg_endpoint_usable(&peer->endpoint) && READ_ONCE(peer->handshake.usable);
}

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
 * Sets endpoint_changed, so that the Rekey-Timeout of an initiation to the old endpoint does not
 * delay the next one: see wg_hold_ns(). An initiation that is made after this section goes to
 * the new endpoint and clears the flag. An initiation that was made before may go to either
 * endpoint; the flag then causes another one.
 */
void wg_peer_set_endpoint(struct wg_peer *peer, const struct wg_path *path)
{
	mutex_lock(&peer->handshake_lock);
	/* Without an old endpoint, no initiation was sent that could delay the next one. */
	if (wg_endpoint_usable(&peer->endpoint))
		WRITE_ONCE(peer->endpoint_changed, true);
	wg_endpoint_set(&peer->endpoint, path);
	mutex_unlock(&peer->handshake_lock);
}

/*
 * A packet that is staged after this function has checked the queue is not missed:
 * wg_peer_want_session() checks endpoint_changed for it.
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

void wg_peer_session_confirmed(struct wg_peer *peer)
{
	atomic64_set(&peer->last_handshake_ns, ktime_get_real_ns());
	wg_timers_event(&peer->timers, WG_EVENT_HANDSHAKE_DONE);
}

bool wg_peer_can_send(struct wg_peer *peer)
{
	const struct wg_keypair *keypair;
	bool can;

	rcu_read_lock();
	keypair = rcu_dereference(peer->keypairs.current_key);
	can = keypair && wg_keypair_can_send(keypair, ktime_get_coarse_boottime_ns());
	rcu_read_unlock();
	return can;
}

bool wg_peer_has_staged(struct wg_peer *peer)
{
	bool any;

	spin_lock_bh(&peer->staged.lock);
	any = !skb_queue_empty(&peer->staged);
	spin_unlock_bh(&peer->staged.lock);
	return any;
}

void wg_peer_drop_staged(struct wg_peer *peer, enum wg_drop reason)
{
	struct sk_buff *skb;

	while ((skb = skb_dequeue(&peer->staged))) {
		wg_count(peer->device, reason);
		kfree_skb(skb);
	}
}

void wg_peer_end_batch(struct wg_batch *batch)
{
	__skb_queue_purge(&batch->packets);
	wg_keypair_put(batch->keypair);
	wg_peer_put(batch->peer);
	wg_batch_free(batch);
}
