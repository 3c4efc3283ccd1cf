// SPDX-License-Identifier: GPL-2.0
/*
 * From packets to messages: padding, copies, encryption.
 *
 * Consecutive messages that may leave as one packet of UDP GSO become an aggregate. Their packets
 * are copied there and encrypted in place. Segments of a GSO packet are made by that copy. A
 * segment that cannot share an outer packet is copied to an skb of its own. Any other packet is
 * encrypted in its own skb or in a copy of it.
 */
#include "encrypt.h"

#include <linux/bug.h>
#include <net/checksum.h>
#include <net/sock.h>
#include "aead_many.h"
#include "aggregate.h"
#include "peer.h"
#include "segment.h"
#include "skb_copy.h"
#include "skb_reset.h"

/*
 * Pads to a multiple of 16, but not beyond the MTU, because a packet of MTU size would then be
 * sent as two fragments. A packet longer than the MTU gets the padding of a packet of its length
 * modulo the MTU (WireGuard paper, section 5.4.6). No packet is padded beyond WG_MAX_PACKET.
 */
static unsigned int wg_padding(unsigned int len, unsigned int mtu)
{
	unsigned int last = mtu && len > mtu ? len % mtu : len;
	unsigned int padded = ALIGN(last, WG_PADDING);

	if (mtu)
		padded = min(mtu, padded);
	return min_t(unsigned int, padded - last, WG_MAX_PACKET - len);
}

/* The length of the message for a packet of @len bytes: @skb or a segment of it. */
static unsigned int wg_message_len(struct sk_buff *skb, unsigned int len)
{
	return len + wg_padding(len, wg_transmit_cb(skb)->mtu) + WG_DATA_OVERHEAD;
}

static bool wg_fits_in_place(const struct sk_buff *skb, unsigned int padding)
{
	return !skb_is_nonlinear(skb) && !skb_cloned(skb) &&
	       skb_headroom(skb) >= WG_DATA_HEADROOM &&
	       skb_tailroom(skb) >= padding + WG_TAG_LEN;
}

/*
 * The field itself does not show that destructor_arg is in use, since alloc_skb() does
 * not clear it. TCP's destructors do not read it; they are not exported, so the socket is
 * checked instead.
 */
bool wg_destructor_may_read_arg(const struct sk_buff *skb)
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
	/* Both are sock_wfree() of one socket (wg_may_join()), so the charges add up. */
	if (to->destructor) {
		if (from->destructor) {
			to->truesize += from->truesize;
			from->destructor = NULL;
			from->sk = NULL;
		}
		return;
	}
	swap(to->truesize, from->truesize);
	swap(to->destructor, from->destructor);
	swap(to->sk, from->sk);
}

/* Whether the checksum field of a CHECKSUM_PARTIAL packet is within the packet. */
static bool wg_checksum_inside(const struct sk_buff *skb)
{
	unsigned int offset = skb_checksum_start_offset(skb);

	return offset < skb->len && skb->csum_offset + sizeof(__sum16) <= skb->len - offset;
}

/*
 * Copies a packet to @to, which may have any alignment, and fills in its checksum. Return: false if
 * the packet is in the memory of a device.
 */
static bool wg_copy_packet(const struct sk_buff *skb, u8 *to)
{
	unsigned int offset;
	__sum16 sum;

	if (unlikely(skb_copy_bits(skb, 0, to, skb->len)))
		return false;
	if (skb->ip_summed == CHECKSUM_PARTIAL) {
		offset = skb_checksum_start_offset(skb);
		sum = csum_fold(csum_partial(to + offset, skb->len - offset, 0)) ?:
		      CSUM_MANGLED_0;
		memcpy(to + offset + skb->csum_offset, &sum, sizeof(sum));
	}
	return true;
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
	unsigned int len = skb->len;
	struct sk_buff *copy;

	copy = __netdev_alloc_skb(skb->dev, headroom + len + padding + WG_TAG_LEN,
				  GFP_ATOMIC | __GFP_NOWARN);
	if (unlikely(!copy))
		goto err;
	skb_reserve(copy, headroom);
	if (unlikely(!wg_copy_packet(skb, skb_put(copy, len))))
		goto err_copy;
	wg_copy_metadata(copy, skb);
	wg_move_owner(copy, skb);
	consume_skb(skb);
	return copy;

err_copy:
	kfree_skb(copy);
err:
	kfree_skb(skb);
	return NULL;
}

/* The encryption of a batch. */
struct wg_encryption {
	struct wg_device *device;
	const struct wg_keypair *keypair;
	/* Of the next message. */
	u64 nonce;
	/* The messages of the next call of wg_aead_encrypt_many(). */
	struct wg_aead_message messages[WG_AEAD_MANY];
	unsigned int count;
	/* Messages and aggregates, in their order; the last one of them. */
	struct sk_buff_head done;
	struct sk_buff *last;
	/* The last one, if it is an aggregate that takes more messages. */
	struct sk_buff *open;
	/* The length of the messages in @open. */
	unsigned int size;
	/* The socket of the packets in @open. Compared only: no reference. */
	const struct sock *sk;
	/* The longest message that an aggregate may have. */
	unsigned int aggregate_limit;
};

static void wg_encrypt_messages(struct wg_encryption *encryption)
{
	wg_aead_encrypt_many(encryption->messages, encryption->count, encryption->keypair->sending);
	encryption->count = 0;
}

/* The message at @to has @len bytes, with its plaintext in place. */
static void wg_add_message(struct wg_encryption *encryption, u8 *to, unsigned int len)
{
	struct wg_aead_message *message = encryption->messages + encryption->count;
	struct wg_msg_data msg = {
		.header.type = cpu_to_le32(WG_MSG_DATA),
		.receiver = encryption->keypair->remote_index,
		.counter = cpu_to_le64(encryption->nonce),
	};

	memcpy(to, &msg, sizeof(msg));
	message->src = to + sizeof(msg);
	message->dst = to + sizeof(msg);
	message->len = len - WG_DATA_OVERHEAD;
	message->nonce = encryption->nonce++;
	if (++encryption->count == ARRAY_SIZE(encryption->messages))
		wg_encrypt_messages(encryption);
}

/* @skb has one message or several. */
static void wg_add_packet(struct wg_encryption *encryption, struct sk_buff *skb)
{
	wg_reset_skb_to_send(skb);
	/* udp_tunnel_xmit_skb() counts the bytes from the inner network header on as sent. */
	skb_set_inner_network_header(skb, 0);
	__skb_queue_tail(&encryption->done, skb);
	encryption->last = skb;
}

/* A message with @from, or with a segment of it, is in the last packet. */
static void wg_move_owner_to_last(struct wg_encryption *encryption, struct sk_buff *from)
{
	if (likely(encryption->last))
		wg_move_owner(encryption->last, from);
}

static void wg_close_aggregate(struct wg_encryption *encryption)
{
	if (encryption->open)
		wg_aggregate_finish(encryption->open, encryption->size);
	encryption->open = NULL;
}

/*
 * Whether @a and @b may share an outer packet: same type of service, same peers around it, same
 * flow hash and same departure time.
 */
static bool wg_may_share(struct sk_buff *a, struct sk_buff *b)
{
	const struct wg_outer_cb *outer = wg_outer_cb(a), *other = wg_outer_cb(b);

	return outer->tos == other->tos && outer->nested == other->nested &&
	       !memcmp(outer->ids, other->ids, outer->nested * sizeof(outer->ids[0])) &&
	       a->hash == b->hash && ktime_to_ns(a->tstamp) == ktime_to_ns(b->tstamp) &&
	       compat_skb_tstamp_type(a) == compat_skb_tstamp_type(b);
}

/* Whether a message of @len bytes with the packet @skb, or with a segment of it, may be added. */
static bool wg_may_join(const struct wg_encryption *encryption, struct sk_buff *skb,
			unsigned int len)
{
	struct sk_buff *open = encryption->open;

	return open && len <= encryption->size && wg_may_share(open, skb) &&
	       open->len + len <= WG_AGGREGATE_BYTES &&
	       skb_shinfo(open)->gso_segs < WG_AGGREGATE_MESSAGES && encryption->sk == skb->sk &&
	       (!open->destructor || !skb->destructor ||
		(open->destructor == sock_wfree && skb->destructor == sock_wfree));
}

static u8 *wg_open_aggregate(struct wg_encryption *encryption, const struct sk_buff *from,
			     unsigned int len, unsigned int more)
{
	struct sk_buff *skb = wg_alloc_with_headroom(WG_OUTER_HEADROOM, 0);
	u8 *to;

	if (unlikely(!skb))
		return NULL;
	to = wg_aggregate_put(skb, len, more);
	if (unlikely(!to)) {
		kfree_skb(skb);
		return NULL;
	}
	wg_copy_metadata(skb, from);
	wg_add_packet(encryption, skb);
	encryption->open = skb;
	encryption->size = len;
	encryption->sk = from->sk;
	return to;
}

/*
 * Memory for a message of @len bytes with the packet @from, or with a segment of it; or NULL.
 * @more: estimated bytes of this message and of those that may follow in the same aggregate; 0 if
 *	this message may not be in one
 */
static u8 *wg_message_room(struct wg_encryption *encryption, struct sk_buff *from, unsigned int len,
			   unsigned int more)
{
	struct sk_buff *skb;
	u8 *to;

	if (wg_may_join(encryption, from, len)) {
		to = wg_aggregate_put(encryption->open, len,
				      min_t(unsigned int, more,
					    WG_AGGREGATE_BYTES - encryption->open->len));
		if (likely(to)) {
			if (len < encryption->size)
				wg_close_aggregate(encryption);
			return to;
		}
	}
	wg_close_aggregate(encryption);
	if (more >= WG_AGGREGATE_LEAST && more > len) {
		to = wg_open_aggregate(encryption, from, len,
				       min_t(unsigned int, more, WG_AGGREGATE_BYTES));
		if (likely(to))
			return to;
	}
	skb = wg_alloc_with_headroom(WG_OUTER_HEADROOM, len);
	if (unlikely(!skb))
		return NULL;
	to = skb_put(skb, len);
	wg_copy_metadata(skb, from);
	wg_add_packet(encryption, skb);
	return to;
}

/* The message at @to has @len bytes, its packet @packet bytes. */
static void wg_zero_padding(u8 *to, unsigned int len, unsigned int packet)
{
	memset(to + sizeof(struct wg_msg_data) + packet, 0, len - packet - WG_DATA_OVERHEAD);
}

static bool wg_may_aggregate(const struct wg_encryption *encryption, unsigned int len)
{
	return encryption->aggregate_limit >= len;
}

/* Encrypts the segments of a GSO packet, which it consumes. */
static void wg_encrypt_segments(struct wg_encryption *encryption, struct sk_buff *skb)
{
	struct wg_segments segments;
	unsigned int count = wg_transmit_cb(skb)->segments;
	unsigned int packet, len, more, lost;
	u8 *to;

	if (unlikely(!wg_segments_begin(&segments, skb, count))) {
		encryption->nonce += count;
		wg_stats_count_many(encryption->device->stats, WG_DROP_TX_BAD_PROTOCOL, count);
		kfree_skb(skb);
		return;
	}
	skb_get_hash(skb);
	while (segments.next < segments.count) {
		packet = wg_segments_len(&segments);
		len = wg_message_len(skb, packet);
		more = 0;
		if (wg_may_aggregate(encryption, len))
			more = len * (segments.count - segments.next);
		to = wg_message_room(encryption, skb, len, more);
		if (unlikely(!to)) {
			lost = segments.count - segments.next;
			encryption->nonce += lost;
			wg_stats_count_many(encryption->device->stats, WG_DROP_TX_NO_MEMORY,
					    lost);
			break;
		}
		wg_segments_copy(&segments, to + sizeof(struct wg_msg_data));
		wg_zero_padding(to, len, packet);
		wg_add_message(encryption, to, len);
	}
	/* The owner is charged until the last packet with a segment of it is sent. */
	if (likely(segments.next))
		wg_move_owner_to_last(encryption, skb);
	consume_skb(skb);
}

/* Whether @skb may be one of several packets in an aggregate. */
static bool wg_is_plain(struct sk_buff *skb)
{
	return skb->len && !wg_transmit_cb(skb)->segments && wg_is_readable(skb) &&
	       !(skb_shinfo(skb)->tx_flags & WG_TX_TIMESTAMPS);
}

/* Whether the packet behind @skb could follow it in an aggregate. */
static bool wg_next_may_join(struct sk_buff *skb, struct sk_buff *next, unsigned int len)
{
	if (!next || !wg_is_plain(next))
		return false;
	skb_get_hash(next);
	return wg_message_len(next, next->len) <= len && wg_may_share(skb, next) &&
	       next->sk == skb->sk;
}

/* Encrypts a packet in an aggregate, and consumes it; or returns false. */
static bool wg_encrypt_in_aggregate(struct wg_encryption *encryption, struct sk_buff *skb,
				    const struct sk_buff_head *packets)
{
	unsigned int len = wg_message_len(skb, skb->len), more;
	u8 *to;

	if (likely(!encryption->open && skb_queue_empty(packets)))
		return false;
	if (!wg_is_plain(skb) || !wg_may_aggregate(encryption, len))
		return false;
	more = len * (skb_queue_len(packets) + 1);
	if (!wg_may_join(encryption, skb, len) &&
	    (more < WG_AGGREGATE_LEAST || !wg_next_may_join(skb, skb_peek(packets), len)))
		return false;
	to = wg_message_room(encryption, skb, len, more);
	if (unlikely(!to))
		return false;
	WARN_ON_ONCE(!wg_copy_packet(skb, to + sizeof(struct wg_msg_data)));
	wg_zero_padding(to, len, skb->len);
	wg_add_message(encryption, to, len);
	wg_move_owner_to_last(encryption, skb);
	consume_skb(skb);
	return true;
}

/* Encrypts a packet in its skb or in a copy. Consumes it, and counts it if it is dropped. */
static void wg_encrypt_alone(struct wg_encryption *encryption, struct sk_buff *skb)
{
	unsigned int len = wg_message_len(skb, skb->len);
	unsigned int padding = len - skb->len - WG_DATA_OVERHEAD;

	wg_close_aggregate(encryption);
	if (wg_fits_in_place(skb, padding)) {
		if (skb->ip_summed == CHECKSUM_PARTIAL && unlikely(skb_checksum_help(skb))) {
			wg_count(encryption->device, WG_DROP_TX_BAD_CHECKSUM);
			goto drop;
		}
	} else {
		skb = wg_copy_with_room(skb, padding);
		if (unlikely(!skb)) {
			wg_count(encryption->device, WG_DROP_TX_NO_MEMORY);
			encryption->nonce++;
			return;
		}
	}
	memset(skb_put(skb, padding + WG_TAG_LEN), 0, padding);
	/* The packet is a single one, but a guest may have sent it with GSO metadata. */
	skb_shinfo(skb)->gso_size = 0;
	skb_shinfo(skb)->gso_segs = 0;
	skb_shinfo(skb)->gso_type = 0;
	skb_push(skb, sizeof(struct wg_msg_data));
	wg_add_packet(encryption, skb);
	wg_add_message(encryption, skb->data, len);
	return;

drop:
	encryption->nonce++;
	kfree_skb(skb);
}

static void wg_encrypt_packet(struct wg_encryption *encryption, struct sk_buff *skb,
			      const struct sk_buff_head *packets)
{
	if (wg_transmit_cb(skb)->segments) {
		wg_encrypt_segments(encryption, skb);
		return;
	}
	/* A raw sender may set an invalid checksum offset in the virtio-net header. */
	if (unlikely(skb->ip_summed == CHECKSUM_PARTIAL && !wg_checksum_inside(skb))) {
		wg_count(encryption->device, WG_DROP_TX_BAD_CHECKSUM);
		encryption->nonce++;
		kfree_skb(skb);
		return;
	}
	/* Before encryption, which hides the headers: queues of lower layers use the flow hash. */
	if (skb->len)
		skb_get_hash(skb);
	if (!wg_encrypt_in_aggregate(encryption, skb, packets))
		wg_encrypt_alone(encryption, skb);
}

/* Not inlined, so that the messages are not on the stack while the batch is sent. */
noinline void wg_encrypt_batch(struct wg_batch *batch)
{
	struct wg_encryption encryption;
	struct sk_buff *skb;

	encryption.device = batch->peer->device;
	encryption.keypair = batch->keypair;
	encryption.nonce = batch->nonce;
	encryption.count = 0;
	encryption.last = NULL;
	encryption.open = NULL;
	encryption.aggregate_limit = wg_aggregate_possible() ?
				     wg_endpoint_aggregate_limit(&batch->peer->endpoint) : 0;
	__skb_queue_head_init(&encryption.done);
	while ((skb = __skb_dequeue(&batch->packets)))
		wg_encrypt_packet(&encryption, skb, &batch->packets);
	wg_close_aggregate(&encryption);
	wg_encrypt_messages(&encryption);
	skb_queue_walk(&encryption.done, skb)
		wg_aggregate_check_owner(skb);
	skb_queue_splice(&encryption.done, &batch->packets);
}
