// SPDX-License-Identifier: GPL-2.0
/*
 * From packets to the socket: staging, nonces, encryption, sending in order.
 *
 * The packets of one GSO skb, or all that waited for a key, make one batch: one
 * run of nonces, one place in the peer's order, one slot of the crypt queue, one
 * route look-up. A batch of at most WG_INLINE_PACKETS that finds nothing in front of
 * it, or any batch where only one CPU is online, is encrypted and sent on this CPU if
 * wg_may_send_here(). Others go to the workers of all CPUs.
 *
 * The messages of a batch stay together down to wg_sockets_send(), so that a
 * run of equal-sized ones can one day leave as one UDP GSO packet.
 */
#include "transmit.h"

#include <linux/bug.h>
#include <linux/cpumask.h>
#include <linux/lockdep.h>
#include <linux/percpu.h>
#include <net/ip_tunnels.h>
#include <net/sock.h>
#include "chacha20poly1305.h"
#include "skb_reset.h"
#include "wg_limits.h"

/*
 * Up to a multiple of 16, but never beyond the MTU: else a packet of the MTU would leave as
 * two fragments. A packet that is longer than the MTU is padded in its last unit of that size
 * (paper, section 5.4.6), as far as the longest message allows.
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
 * Whether what runs when the packet is freed may read skb_shinfo()->destructor_arg, as it does
 * for the rings of packet sockets and AF_XDP. The field does not tell: alloc_skb() does not
 * clear it. TCP's destructors do not read it, and are not exported.
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
 * The sender's socket stays charged until the message is freed; on kernels before 4.19
 * until skb_scrub_packet() releases the owner. A destructor that reads destructor_arg would
 * look in the wrong skb. Then the owner is not moved, and its destructor runs when @from is
 * consumed.
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
 * The time at which the packet is to leave, and what its sender wants to be told of when it
 * left. Other bits of tx_flags are about the pages of @from.
 */
static void wg_copy_timestamps(struct sk_buff *to, const struct sk_buff *from)
{
	const struct skb_shared_info *info = skb_shinfo(from);

	to->tstamp = from->tstamp;
	compat_skb_set_tstamp_type(to, compat_skb_tstamp_type(from));
	skb_shinfo(to)->tx_flags |= info->tx_flags & (SKBTX_HW_TSTAMP | SKBTX_ANY_SW_TSTAMP);
	skb_shinfo(to)->tskey = info->tskey;
	skb_shinfo(to)->hwtstamps = info->hwtstamps;
}

/* Whether the place of a checksum to be filled in is within the packet. */
static bool wg_checksum_inside(const struct sk_buff *skb)
{
	unsigned int offset = skb_checksum_start_offset(skb);

	return offset < skb->len && skb->csum_offset + sizeof(__sum16) <= skb->len - offset;
}

/*
 * A linear copy with room around it, checksummed; the original is consumed. Its
 * data may be anybody's (a clone, page fragments that a socket still holds), so
 * that it must not be encrypted in place.
 */
static struct sk_buff *wg_copy_with_room(struct sk_buff *skb, unsigned int padding)
{
	/* An skb of this kind brings NET_SKB_PAD of headroom with it, 128 on some machines. */
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

/* Turns a packet into a message. Consumes @skb, and counts it, where NULL is returned. */
static struct sk_buff *wg_encrypt_packet(struct wg_device *device, struct sk_buff *skb,
					 const struct wg_keypair *keypair, u64 nonce)
{
	unsigned int padding = wg_padding(skb), len;
	struct wg_msg_data *msg;

	/* The sender of a packet with a checksum to be filled in may lie about where. */
	if (unlikely(skb->ip_summed == CHECKSUM_PARTIAL && !wg_checksum_inside(skb))) {
		wg_count(device, WG_DROP_TX_BAD_CHECKSUM);
		kfree_skb(skb);
		return NULL;
	}

	/* While the inner headers can be read: queues below us tell flows apart by it. */
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
	len = skb->len + padding;
	memset(skb_put(skb, padding + WG_TAG_LEN), 0, padding);
	wg_aead_encrypt(skb->data, skb->data, len, NULL, 0, nonce, keypair->sending);
	msg = skb_push(skb, sizeof(*msg));
	msg->header.type = cpu_to_le32(WG_MSG_DATA);
	msg->receiver = keypair->remote_index;
	msg->counter = cpu_to_le64(nonce);
	wg_reset_skb_to_send(skb);
	/* From here on the outer layers count the bytes that we have sent. */
	skb_set_inner_network_header(skb, 0);
	return skb;
}

static void wg_encrypt_batch(struct wg_batch *batch)
{
	struct sk_buff_head encrypted;
	struct sk_buff *skb;
	u64 nonce = batch->nonce;

	__skb_queue_head_init(&encrypted);
	while ((skb = __skb_dequeue(&batch->packets))) {
		skb = wg_encrypt_packet(batch->peer->device, skb, batch->keypair, nonce++);
		if (likely(skb))
			__skb_queue_tail(&encrypted, skb);
	}
	skb_queue_splice(&encrypted, &batch->packets);
}

static void wg_count_unsent(struct wg_device *device, int err, unsigned int count)
{
	enum wg_drop reason = err == -EDESTADDRREQ ? WG_DROP_TX_NO_ENDPOINT :
			      err == -ENOMEM ? WG_DROP_TX_NO_MEMORY : WG_DROP_TX_SOCKET;

	wg_stats_count_many(device->stats, reason, count);
}

/* The batch's turn in the order of its peer has come: see wg_peer_tx_complete(). */
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
	/* Before: the answer may be handled while wg_sockets_send() has not returned. */
	wg_timers_note(&peer->timers, WG_EVENT_SENT_AUTHENTICATED);
	if (data)
		noted = wg_timers_start_one(&peer->timers, WG_TIMER_NEW_HANDSHAKE);
	ret = wg_sockets_send(&peer->device->sockets, &peer->endpoint, &batch->packets);
	if (likely(!ret)) {
		atomic64_add(bytes, &peer->tx_bytes);
	} else {
		/* Else the peer's silence would start a handshake 15 s later. */
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

/* wg_transmit_process - encrypt a batch, and send what has its turn; process context */
void wg_transmit_process(struct wg_batch *batch)
{
	/* The queue is part of the peer, which the last batch may take with it. */
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

/* A batch that has its place in the order of its peer. With softirqs disabled. */
static void wg_transmit_batch(struct wg_device *device, struct wg_batch *batch, bool idle)
{
	if (wg_process_inline(batch, idle) || wg_crypt_queue_push(&device->encrypt, batch))
		return;
	/* It keeps its place, and passes through empty. */
	wg_stats_count_many(device->stats, WG_DROP_TX_QUEUE_FULL, skb_queue_len(&batch->packets));
	__skb_queue_purge(&batch->packets);
	wg_transmit_process(batch);
}

/*
 * When the destructor of a ring packet runs, user space may rewrite the slot. So the
 * fragments are copied into the linear part first.
 */
static bool wg_orphan(struct sk_buff *skb)
{
	if (wg_destructor_may_read_arg(skb) && skb_linearize(skb))
		return false;
	skb_orphan(skb);
	return true;
}

/*
 * Packets that wait for a handshake, for seconds perhaps, must not count against
 * the buffers of the sockets that sent them, nor keep these from sending.
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

/* Keeps the newest of the packets for which there is no key. */
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
	WG_TAKEN_NO_ROOM,
};

/*
 * From staging to a place in the order, in one step under the lock of the
 * queue: else packets of one flow could overtake each other between the two.
 * @batch: NULL if there is no memory for it; filled in where WG_TAKEN is returned
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
	taken = WG_TAKEN_NO_ROOM;
out:
	wg_keypair_put(keypair);
	return taken;
}

/*
 * Stages @packets, and sends all that is staged if there is a key. Without a key
 * the packets wait. Without memory or room for a batch they are dropped.
 *
 * A packet that waits is found by the CPU that installs the key it waits for:
 *
 *	this function				installing a key
 *	  lock staged				  store current_key, as a release
 *	  enqueue				  wg_transmit_staged(), which is:
 *	  load current_key			    lock staged
 *	  unlock staged				    look at the queue
 *						    unlock staged
 *
 * One of the sections comes first. If it is this one, the other sees the packet in the
 * queue. If it is the other one, its unlock is a release that orders the earlier store of
 * the key before it, and the lock here is an acquire that reads from it: the load sees the
 * key. Both sides hold the lock for their look. Without it, each of two CPUs could read
 * the state from before the other's store (store buffering), and the packet would wait for
 * the next handshake.
 *
 * The limit applies to packets that stay. What other CPUs stage is taken by the first
 * section that finds a key, never counted against the limit.
 */
static void wg_stage_and_send(struct wg_peer *peer, struct sk_buff_head *packets)
{
	struct wg_batch *batch = wg_batch_new();
	struct sk_buff_head dropped;
	unsigned long deadline;
	enum wg_taken taken;
	bool idle = false;

	__skb_queue_head_init(&dropped);
	/* Also so that the CPU stays the one for which the queue was asked. */
	local_bh_disable();
	spin_lock(&peer->staged.lock);
	skb_queue_splice_tail_init(packets, &peer->staged);
	taken = wg_take_staged(peer, batch, &idle);
	if (unlikely(taken == WG_TAKEN_NO_KEY)) {
		wg_limit_staged(peer);
		wg_orphan_staged(peer);
	} else if (unlikely(taken == WG_TAKEN_NO_ROOM || taken == WG_TAKEN_NO_MEMORY)) {
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
		 * The peer may have begun a handshake within the last Rekey-Timeout, and may
		 * never confirm the session: what waits then needs a deadline of its own.
		 * Armed first, so that it cannot come after the end of the handshake that
		 * begins here. One that ends just now may have taken the packets, and has
		 * perhaps cancelled the timer already.
		 */
		deadline = wg_timers_start_one(&peer->timers, WG_TIMER_RETRANSMIT);
		if (!wg_peer_has_staged(peer))
			wg_timers_take_back(&peer->timers, WG_TIMER_RETRANSMIT, deadline);
		wg_peer_want_session(peer);
	}
	wg_stats_count_many(peer->device->stats,
			    taken == WG_TAKEN_NO_ROOM ? WG_DROP_TX_QUEUE_FULL : WG_DROP_TX_NO_MEMORY,
			    skb_queue_len(&dropped));
	__skb_queue_purge(&dropped);
}

/*
 * wg_transmit_staged - send what is staged, or begin to get a key for it
 *
 * Called after a key is installed: see wg_stage_and_send(). Softirq or process
 * context; the caller has a reference.
 */
void wg_transmit_staged(struct wg_peer *peer)
{
	struct sk_buff_head none;

	__skb_queue_head_init(&none);
	wg_stage_and_send(peer, &none);
}

/*
 * wg_transmit - send packets to a peer
 * @packets: IP packets, each with wg_transmit_cb() filled in; taken over
 *
 * Softirq or process context; the caller has a reference. Where there is no key
 * the packets wait, WG_MAX_STAGED of them, the oldest being dropped for the newest.
 */
void wg_transmit(struct wg_peer *peer, struct sk_buff_head *packets)
{
	wg_stage_and_send(peer, packets);
}

/* Stages an empty message, unless there is something staged, which serves as well. */
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
	 * Under the lock: a packet that is seen here is taken by a later section, under the
	 * key of a session that the caller wants to confirm, or a newer one.
	 */
	spin_lock_bh(&peer->staged.lock);
	if (skb_queue_empty(&peer->staged)) {
		__skb_queue_tail(&peer->staged, skb);
		skb = NULL;
	}
	spin_unlock_bh(&peer->staged.lock);
	if (!skb)
		net_dbg_ratelimited("%s: Sending keepalive packet to peer %llu (%pISpfsc)\n",
				    peer->device->dev->name, peer->id, wg_peer_addr(peer));
	kfree_skb(skb);
}

/*
 * wg_transmit_keepalive - send something: what is staged, or else an empty message
 *
 * Softirq or process context; the caller has a reference, or is the peer's timer.
 */
void wg_transmit_keepalive(struct wg_peer *peer)
{
	wg_stage_keepalive(peer);
	wg_transmit_staged(peer);
}
