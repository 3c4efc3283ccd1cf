// SPDX-License-Identifier: GPL-2.0
/*
 * From packets to the socket: staging, nonces, encryption, sending in order.
 *
 * The packets of one GSO skb, or all packets that waited for a key, form a batch: it has
 * consecutive nonces, one place in the peer's transmit queue, one slot in the encryption
 * queue and one route lookup. A batch that has at most WG_INLINE_PACKETS packets and finds
 * the transmit queue idle is encrypted and sent on this CPU, if wg_may_send_here(). If only
 * one CPU is online, that applies to any batch. Other batches go to the workers of all CPUs.
 *
 * The messages of a batch stay together down to wg_sockets_send(). A later version could
 * send messages of equal size as one UDP GSO packet.
 */
#include "transmit.h"

#include <linux/bug.h>
#include <linux/cpumask.h>
#include <linux/lockdep.h>
#include <linux/percpu.h>
#include <net/ip_tunnels.h>
#include <net/sock.h>
#include "aead_many.h"
#include "skb_reset.h"
#include "wg_limits.h"

/*
 * Pads to a multiple of 16, but not beyond the MTU, because a packet of MTU size would then be
 * sent as two fragments. A packet longer than the MTU gets the padding of a packet of its length
 * modulo the MTU (WireGuard paper, section 5.4.6). No packet is padded beyond WG_MAX_PACKET.
 */
static unsigned int wg_padding(const struct sk_buff *skb)
{
	unsigned int mtu = ((const struct wg_transmit_cb *)skb->cb)->mtu;
	unsigned int last = mtu && skb->len > mtu ? skb->len % mtu : skb->len;
	unsigned int padded = ALIGN(last, WG_PADDING);

	if (mtu)
		padded = min(mtu, padded);
	return min_t(unsigned int, padded - last, WG_MAX_PACKET - skb->len);
}

static bool wg_fits_in_place(const struct sk_buff *skb, unsigned int padding)
{
	return !skb_is_nonlinear(skb) && !skb_cloned(skb) &&
	       skb_headroom(skb) >= WG_DATA_HEADROOM &&
	       skb_tailroom(skb) >= padding + WG_TAG_LEN;
}

/*
 * Whether skb->destructor may read skb_shinfo()->destructor_arg, like those of AF_XDP and of
 * packet sockets with a TX ring. The field itself does not show that, since alloc_skb() does
 * not clear it. TCP's destructors do not read it; they are not exported, so the socket is
 * checked instead.
 */
static bool wg_destructor_may_read_arg(const struct sk_buff *skb)
{
	const struct sock *sk = skb->sk;

	if (!skb->destructor || skb->destructor == sock_wfree)
		return false;
	return !sk || !sk_fullsock(sk) || sk->sk_protocol != IPPROTO_TCP ||
	       (sk->sk_family != AF_INET && sk->sk_family != AF_INET6);
}

/*
 * Moves the owner, so that the sender's socket stays charged until the message is freed; on
 * kernels before 4.19 until skb_scrub_packet() releases the owner. If the destructor may read
 * destructor_arg, which @to does not have, the owner is not moved, and the destructor runs
 * when @from is consumed.
 */
static void wg_move_owner(struct sk_buff *to, struct sk_buff *from)
{
	if (wg_destructor_may_read_arg(from))
		return;
	swap(to->truesize, from->truesize);
	swap(to->destructor, from->destructor);
	swap(to->sk, from->sk);
}

/*
 * Copies the delivery time of the packet, and the sender's requests for transmit timestamps.
 * The other bits of tx_flags describe the pages of @from.
 */
static void wg_copy_timestamps(struct sk_buff *to, const struct sk_buff *from)
{
	const struct skb_shared_info *info = skb_shinfo(from);

	to->tstamp = from->tstamp;
	compat_skb_set_tstamp_type(to, compat_skb_tstamp_type(from));
	skb_shinfo(to)->tx_flags |= info->tx_flags & (SKBTX_HW_TSTAMP | SKBTX_ANY_SW_TSTAMP);
	compat_skb_copy_tskey(to, from);
	skb_shinfo(to)->hwtstamps = info->hwtstamps;
}

/* Whether the checksum field of a CHECKSUM_PARTIAL packet is within the packet. */
static bool wg_checksum_inside(const struct sk_buff *skb)
{
	unsigned int offset = skb_checksum_start_offset(skb);

	return offset < skb->len && skb->csum_offset + sizeof(__sum16) <= skb->len - offset;
}

/*
 * Returns a linear copy with headroom and tailroom, and with its checksum filled in; or NULL.
 * Consumes @skb. The data of @skb may be shared (a clone, or page fragments that a socket still
 * holds), so it must not be encrypted in place.
 */
static struct sk_buff *wg_copy_with_room(struct sk_buff *skb, unsigned int padding)
{
	/* __netdev_alloc_skb() adds NET_SKB_PAD bytes of headroom, 128 on some machines. */
	const unsigned int needed = WG_DATA_HEADROOM;
	const unsigned int headroom = needed > NET_SKB_PAD ? needed - NET_SKB_PAD : 0;
	unsigned int len = skb->len, offset;
	struct sk_buff *copy;
	u8 *data;

	copy = __netdev_alloc_skb(skb->dev, headroom + len + padding + WG_TAG_LEN,
				  GFP_ATOMIC | __GFP_NOWARN);
	if (unlikely(!copy))
		goto err;
	skb_reserve(copy, headroom);
	data = skb_put(copy, len);
	if (unlikely(skb_copy_bits(skb, 0, data, len)))
		goto err_copy;
	if (skb->ip_summed == CHECKSUM_PARTIAL) {
		offset = skb_checksum_start_offset(skb);
		*(__sum16 *)(data + offset + skb->csum_offset) =
			csum_fold(csum_partial(data + offset, len - offset, 0)) ?:
			CSUM_MANGLED_0;
	}
	memcpy(copy->cb, skb->cb, sizeof(copy->cb));
	copy->hash = skb->hash;
	copy->l4_hash = skb->l4_hash;
	copy->sw_hash = skb->sw_hash;
	wg_copy_timestamps(copy, skb);
	wg_move_owner(copy, skb);
	consume_skb(skb);
	return copy;

err_copy:
	kfree_skb(copy);
err:
	kfree_skb(skb);
	return NULL;
}

/*
 * Turns a packet into a message whose plaintext is not encrypted yet. On failure consumes @skb,
 * counts the drop and returns NULL.
 * @message: filled in with what is to be encrypted in place
 */
static struct sk_buff *wg_prepare_message(struct wg_device *device, struct sk_buff *skb,
					  const struct wg_keypair *keypair, u64 nonce,
					  struct wg_aead_message *message)
{
	unsigned int padding = wg_padding(skb);
	struct wg_msg_data *msg;

	/* A raw sender may set an invalid checksum offset in the virtio-net header. */
	if (unlikely(skb->ip_summed == CHECKSUM_PARTIAL && !wg_checksum_inside(skb))) {
		wg_count(device, WG_DROP_TX_BAD_CHECKSUM);
		kfree_skb(skb);
		return NULL;
	}

	/* Before encryption, which hides the headers: queues of lower layers use the flow hash. */
	if (skb->len)
		skb_get_hash(skb);

	if (wg_fits_in_place(skb, padding)) {
		if (skb->ip_summed == CHECKSUM_PARTIAL && unlikely(skb_checksum_help(skb))) {
			wg_count(device, WG_DROP_TX_BAD_CHECKSUM);
			kfree_skb(skb);
			return NULL;
		}
	} else {
		skb = wg_copy_with_room(skb, padding);
		if (unlikely(!skb)) {
			wg_count(device, WG_DROP_TX_NO_MEMORY);
			return NULL;
		}
	}
	message->len = skb->len + padding;
	memset(skb_put(skb, padding + WG_TAG_LEN), 0, padding);
	message->src = skb->data;
	message->dst = skb->data;
	message->nonce = nonce;
	msg = skb_push(skb, sizeof(*msg));
	msg->header.type = cpu_to_le32(WG_MSG_DATA);
	msg->receiver = keypair->remote_index;
	msg->counter = cpu_to_le64(nonce);
	wg_reset_skb_to_send(skb);
	/* udp_tunnel_xmit_skb() counts the bytes from the inner network header on as sent. */
	skb_set_inner_network_header(skb, 0);
	return skb;
}

/* Not inlined, so that messages[] is not on the stack while the batch is sent. */
static noinline void wg_encrypt_batch(struct wg_batch *batch)
{
	struct wg_aead_message messages[WG_AEAD_MANY];
	struct sk_buff_head encrypted;
	u64 nonce = batch->nonce;
	unsigned int count = 0;
	struct sk_buff *skb;

	__skb_queue_head_init(&encrypted);
	while ((skb = __skb_dequeue(&batch->packets))) {
		skb = wg_prepare_message(batch->peer->device, skb, batch->keypair, nonce++,
					 messages + count);
		if (unlikely(!skb))
			continue;
		__skb_queue_tail(&encrypted, skb);
		if (++count == ARRAY_SIZE(messages)) {
			wg_aead_encrypt_many(messages, count, batch->keypair->sending);
			count = 0;
		}
	}
	wg_aead_encrypt_many(messages, count, batch->keypair->sending);
	skb_queue_splice(&encrypted, &batch->packets);
}

static void wg_count_unsent(struct wg_device *device, int err, unsigned int count)
{
	enum wg_drop reason = err == -EDESTADDRREQ ? WG_DROP_TX_NO_ENDPOINT :
			      err == -ENOMEM ? WG_DROP_TX_NO_MEMORY : WG_DROP_TX_SOCKET;

	wg_stats_count_many(device->stats, reason, count);
}

/* Sends a batch that is first in its peer's transmit queue: see wg_peer_tx_complete(). */
static void wg_send_batch(struct wg_batch *batch)
{
	unsigned int count = skb_queue_len(&batch->packets), bytes = 0;
	struct wg_peer *peer = batch->peer;
	unsigned long noted = 0;
	struct sk_buff *skb;
	bool data = false;
	int ret;

	if (unlikely(!count))
		goto out;
	skb_queue_walk(&batch->packets, skb) {
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
	wg_stats_count_many(device->stats, WG_DROP_TX_QUEUE_FULL, skb_queue_len(&batch->packets));
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

/* Drops the oldest staged packets that exceed the limit. */
static void wg_limit_staged(struct wg_peer *peer)
{
	struct sk_buff *old;

	lockdep_assert_held(&peer->staged.lock);
	while (unlikely(skb_queue_len(&peer->staged) > WG_MAX_STAGED)) {
		old = __skb_dequeue(&peer->staged);
		wg_count(peer->device, WG_DROP_TX_STAGED_OVERFLOW);
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
	unsigned int count = skb_queue_len(&peer->staged);
	enum wg_taken taken = WG_TAKEN_NO_KEY;
	struct wg_keypair *keypair;

	lockdep_assert_held(&peer->staged.lock);
	if (!count)
		return WG_TAKEN_NOTHING;
	rcu_read_lock();
	keypair = wg_keypair_get(rcu_dereference(peer->keypairs.current_key));
	rcu_read_unlock();
	if (unlikely(!keypair || !wg_keypair_can_send(keypair, ktime_get_coarse_boottime_ns())))
		goto out;
	taken = WG_TAKEN_NO_MEMORY;
	if (unlikely(!batch))
		goto out;
	taken = WG_TAKEN_NO_KEY;
	if (unlikely(!wg_keypair_take_nonces(keypair, count, &batch->nonce)))
		goto out;
	skb_queue_splice_init(&peer->staged, &batch->packets);
	if (likely(wg_peer_tx_enqueue(&peer->tx, batch, idle))) {
		batch->keypair = keypair;
		batch->peer = wg_peer_get(peer);
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
			    skb_queue_len(&dropped));
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
	const unsigned int headroom = WG_DATA_HEADROOM;
	struct sk_buff *skb;

	skb = alloc_skb(headroom + WG_TAG_LEN, GFP_ATOMIC);
	if (unlikely(!skb)) {
		wg_count(peer->device, WG_DROP_TX_NO_MEMORY);
		return;
	}
	skb_reserve(skb, headroom);
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
