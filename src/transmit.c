// SPDX-License-Identifier: GPL-2.0
/*
 * From packets to the socket: staging, nonces, encryption, sending in order.
 *
 * The packets of one GSO skb, or all packets that waited for a key, form a batch: it has
 * consecutive nonces, one place in the peer's transmit queue, one slot in the encryption
 * queue and one route lookup. A batch that has at most WG_INLINE_MESSAGES messages and finds
 * the transmit queue idle is encrypted and sent on this CPU, if wg_may_send_here(). If only
 * one CPU is online, that applies to any batch. Other batches go to the workers of all CPUs.
 *
 * The messages of a batch stay together down to wg_sockets_send(), where those of an aggregate
 * leave as one packet of UDP GSO (aggregate.h).
 */
#include "transmit.h"

#include <linux/cpumask.h>
#include <linux/lockdep.h>
#include <linux/percpu.h>
#include "aggregate.h"
#include "encrypt.h"
#include "skb_copy.h"
#include "wg_limits.h"

static void wg_count_unsent(struct wg_device *device, int err, unsigned int count)
{
	enum wg_drop reason = err == -EDESTADDRREQ ? WG_DROP_TX_NO_ENDPOINT :
			      err == -ENOMEM ? WG_DROP_TX_NO_MEMORY : WG_DROP_TX_SOCKET;

	wg_stats_count_many(device->stats, reason, count);
}

/* Sends a batch that is first in its peer's transmit queue: see wg_peer_tx_complete(). */
static void wg_send_batch(struct wg_batch *batch)
{
	struct wg_peer *peer = batch->peer;
	unsigned int count = 0, bytes = 0;
	unsigned long noted = 0;
	struct sk_buff *skb;
	bool data = false;
	int ret;

	if (unlikely(skb_queue_empty(&batch->packets)))
		goto out;
	skb_queue_walk(&batch->packets, skb) {
		count += wg_aggregate_count(skb);
		bytes += skb->len;
		data |= skb->len != WG_KEEPALIVE_LEN;
	}
	/* Before sending: the answer may be handled before wg_sockets_send() returns. */
	wg_timers_event(&peer->timers, WG_EVENT_SENT_AUTHENTICATED);
	if (data)
		noted = wg_timers_start_one(&peer->timers, WG_TIMER_NEW_HANDSHAKE);
	ret = wg_sockets_send(&peer->device->sockets, &peer->endpoint, &batch->packets);
	if (likely(!ret)) {
		atomic64_add(bytes, &peer->tx_bytes);
	} else {
		/* Nothing was sent: the timer must not start a handshake 15 s later. */
		wg_timers_take_back(&peer->timers, WG_TIMER_NEW_HANDSHAKE, noted);
		wg_count_unsent(peer->device, ret, count);
	}
	if (unlikely(wg_keypair_wants_rekey_to_send(batch->keypair,
						    ktime_get_coarse_boottime_ns())))
		wg_peer_want_session(peer);
out:
	wg_peer_end_batch(batch);
}

static void wg_peer_tx_get(struct wg_peer_tx *tx)
{
	wg_peer_get(container_of(tx, struct wg_peer, tx));
}

static void wg_peer_tx_put(struct wg_peer_tx *tx)
{
	wg_peer_put(container_of(tx, struct wg_peer, tx));
}

const struct wg_peer_tx_ops wg_transmit_peer_tx_ops = {
	.send = wg_send_batch,
	.get = wg_peer_tx_get,
	.put = wg_peer_tx_put,
};

void wg_transmit_process(struct wg_batch *batch)
{
	/* The queue is part of the peer. The batch may hold the only other reference to it. */
	struct wg_peer *peer = wg_peer_get(batch->peer);

	wg_encrypt_batch(batch);
	local_bh_disable();
	wg_peer_tx_complete(&peer->tx, batch);
	local_bh_enable();
	wg_peer_put(peer);
}

/* With softirqs disabled. */
static bool wg_process_inline(struct wg_batch *batch, bool idle)
{
	if (num_online_cpus() > 1 && (!idle || !wg_batch_is_small(batch)))
		return false;
	if (!wg_may_send_here())
		return false;
	wg_transmit_process(batch);
	return true;
}

/* Processes a batch that is in its peer's transmit queue. With softirqs disabled. */
static void wg_transmit_batch(struct wg_device *device, struct wg_batch *batch, bool idle)
{
	if (wg_process_inline(batch, idle) || wg_crypt_queue_push(&device->encrypt, batch))
		return;
	/* Drop the packets. The empty batch keeps its place in the transmit queue. */
	wg_stats_count_many(device->stats, WG_DROP_TX_QUEUE_FULL, batch->messages);
	__skb_queue_purge(&batch->packets);
	wg_transmit_process(batch);
}

/*
 * Releases the owner of a packet. After the destructor of a TX ring packet has run, user space
 * may rewrite the slot. So the fragments are copied into the linear part first.
 */
static bool wg_orphan(struct sk_buff *skb)
{
	if (wg_destructor_may_read_arg(skb) && skb_linearize(skb))
		return false;
	skb_orphan(skb);
	return true;
}

/*
 * Packets may wait for a handshake for seconds. They must not stay charged to the send buffers
 * of their sockets, which could not send more meanwhile.
 */
static void wg_orphan_staged(struct wg_peer *peer)
{
	struct sk_buff *skb, *next;

	lockdep_assert_held(&peer->staged.lock);
	skb_queue_walk_safe(&peer->staged, skb, next) {
		if (likely(wg_orphan(skb)))
			continue;
		__skb_unlink(skb, &peer->staged);
		wg_count(peer->device, WG_DROP_TX_NO_MEMORY);
		kfree_skb(skb);
	}
}

static unsigned int wg_count_messages(const struct sk_buff_head *packets)
{
	unsigned int count = 0;
	struct sk_buff *skb;

	skb_queue_walk(packets, skb)
		count += wg_transmit_messages(skb);
	return count;
}

/* Drops the oldest staged packets that exceed the limit. */
static void wg_limit_staged(struct wg_peer *peer)
{
	unsigned int count = wg_count_messages(&peer->staged), less;
	struct sk_buff *old;

	lockdep_assert_held(&peer->staged.lock);
	while (unlikely(count > WG_MAX_STAGED) && (old = __skb_dequeue(&peer->staged))) {
		less = wg_transmit_messages(old);
		wg_stats_count_many(peer->device->stats, WG_DROP_TX_STAGED_OVERFLOW, less);
		count -= less;
		kfree_skb(old);
	}
}

enum wg_taken {
	WG_TAKEN,
	WG_TAKEN_NOTHING,
	WG_TAKEN_NO_KEY,
	WG_TAKEN_NO_MEMORY,
	WG_TAKEN_QUEUE_FULL,
};

/*
 * Moves the staged packets to a batch in the transmit queue. Both happen under the lock of
 * the staged packets: else packets of one flow could overtake each other between the queues.
 * @batch: NULL if there is no memory for it; filled in if WG_TAKEN is returned
 */
static enum wg_taken wg_take_staged(struct wg_peer *peer, struct wg_batch *batch, bool *idle)
{
	enum wg_taken taken = WG_TAKEN_NO_KEY;
	struct wg_keypair *keypair;
	unsigned int count;

	lockdep_assert_held(&peer->staged.lock);
	if (skb_queue_empty(&peer->staged))
		return WG_TAKEN_NOTHING;
	rcu_read_lock();
	keypair = wg_keypair_get(rcu_dereference(peer->keypairs.current_key));
	rcu_read_unlock();
	if (unlikely(!keypair || !wg_keypair_can_send(keypair, ktime_get_coarse_boottime_ns())))
		goto out;
	taken = WG_TAKEN_NO_MEMORY;
	if (unlikely(!batch))
		goto out;
	count = wg_count_messages(&peer->staged);
	taken = WG_TAKEN_NO_KEY;
	if (unlikely(!wg_keypair_take_nonces(keypair, count, &batch->nonce)))
		goto out;
	skb_queue_splice_init(&peer->staged, &batch->packets);
	if (likely(wg_peer_tx_enqueue(&peer->tx, batch, idle))) {
		batch->keypair = keypair;
		batch->peer = wg_peer_get(peer);
		batch->messages = count;
		return WG_TAKEN;
	}
	skb_queue_splice_init(&batch->packets, &peer->staged);
	taken = WG_TAKEN_QUEUE_FULL;
out:
	wg_keypair_put(keypair);
	return taken;
}

/*
 * Stages @packets, and sends all staged packets if there is a key. Without a key they wait.
 * They are dropped if there is no memory for a batch, or if the transmit queue is full.
 *
 * The CPU that installs a key finds the packets that wait for it:
 *
 *	this function				installing a key
 *	  lock staged				  store current_key, as a release
 *	  enqueue				  wg_transmit_staged(), which is:
 *	  load current_key			    lock staged
 *	  unlock staged				    look at the queue
 *						    unlock staged
 *
 * One of the two sections comes first. If it is this one, the other section sees the packet in
 * the queue. If it is the other one, its unlock is a release after the store of the key, and
 * the lock here is an acquire that reads from that unlock, so the load sees the key. Both
 * sides hold the lock while they read. Without it, each CPU could read the state from before
 * the other's store (store buffering), and the packet would wait for the next handshake.
 *
 * The limit applies only to packets that stay staged. Packets that a section takes, because it
 * finds a key, are not counted against the limit, whichever CPU staged them.
 */
static void wg_stage_and_send(struct wg_peer *peer, struct sk_buff_head *packets)
{
	struct wg_batch *batch = wg_batch_new();
	struct sk_buff_head dropped;
	unsigned long deadline;
	enum wg_taken taken;
	bool idle = false;

	__skb_queue_head_init(&dropped);
	/* Also keeps the CPU fixed: @idle is about the CPU that called wg_peer_tx_enqueue(). */
	local_bh_disable();
	spin_lock(&peer->staged.lock);
	skb_queue_splice_tail_init(packets, &peer->staged);
	taken = wg_take_staged(peer, batch, &idle);
	if (unlikely(taken == WG_TAKEN_NO_KEY)) {
		wg_limit_staged(peer);
		wg_orphan_staged(peer);
	} else if (unlikely(taken == WG_TAKEN_QUEUE_FULL || taken == WG_TAKEN_NO_MEMORY)) {
		skb_queue_splice_init(&peer->staged, &dropped);
	}
	spin_unlock(&peer->staged.lock);
	if (likely(taken == WG_TAKEN))
		wg_transmit_batch(peer->device, batch, idle);
	local_bh_enable();
	if (likely(taken == WG_TAKEN))
		return;

	if (batch)
		wg_batch_free(batch);
	if (taken == WG_TAKEN_NO_KEY) {
		/*
		 * If the remote side began a handshake within the last Rekey-Timeout,
		 * wg_peer_want_session() sends no initiation. If the remote side then never
		 * confirms the session, the staged packets need the retransmit timer.
		 * Arm it before wg_peer_want_session(), so that completing the handshake that
		 * begins there cancels it. If a handshake has completed meanwhile and the staged
		 * packets are sent, nothing else would cancel the timer: disarm it here.
		 */
		deadline = wg_timers_start_one(&peer->timers, WG_TIMER_RETRANSMIT);
		if (!wg_peer_has_staged(peer))
			wg_timers_take_back(&peer->timers, WG_TIMER_RETRANSMIT, deadline);
		wg_peer_want_session(peer);
	}
	wg_stats_count_many(peer->device->stats,
			    taken == WG_TAKEN_QUEUE_FULL ?
			    WG_DROP_TX_QUEUE_FULL : WG_DROP_TX_NO_MEMORY,
			    wg_count_messages(&dropped));
	__skb_queue_purge(&dropped);
}

/* Called after a key is installed: see wg_stage_and_send(). */
void wg_transmit_staged(struct wg_peer *peer)
{
	struct sk_buff_head none;

	__skb_queue_head_init(&none);
	wg_stage_and_send(peer, &none);
}

void wg_transmit(struct wg_peer *peer, struct sk_buff_head *packets)
{
	wg_stage_and_send(peer, packets);
}

/* Stages an empty packet, unless packets are staged: any message serves as a keepalive. */
static void wg_stage_keepalive(struct wg_peer *peer)
{
	struct sk_buff *skb;

	skb = wg_alloc_with_headroom(WG_DATA_HEADROOM, WG_TAG_LEN);
	if (unlikely(!skb)) {
		wg_count(peer->device, WG_DROP_TX_NO_MEMORY);
		return;
	}
	skb->dev = peer->device->dev;
	memset(skb->cb, 0, sizeof(skb->cb));
	/*
	 * Checked under the lock: a packet that is staged now is taken by a later section, which
	 * sends it under the key that the caller wants to confirm, or under a newer one.
	 */
	spin_lock_bh(&peer->staged.lock);
	if (skb_queue_empty(&peer->staged)) {
		__skb_queue_tail(&peer->staged, skb);
		skb = NULL;
	}
	spin_unlock_bh(&peer->staged.lock);
	if (!skb)
		net_dbg_ratelimited("%s: peer %llu (%pISpfsc): keepalive queued\n",
				    peer->device->dev->name, peer->id, wg_peer_addr(peer));
	kfree_skb(skb);
}

void wg_transmit_keepalive(struct wg_peer *peer)
{
	wg_stage_keepalive(peer);
	wg_transmit_staged(peer);
}
