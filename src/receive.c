// SPDX-License-Identifier: GPL-2.0
/*
 * From the socket to the stack: sorting datagrams, decrypting messages on any CPU,
 * and delivering packets in the order of their peer.
 *
 * Messages of one session that arrive one after another, by the same way, join
 * one batch until the peer's NAPI poll: so the datagrams of one NAPI run of the
 * network card share a batch, its references and its slot. The poll decrypts a few
 * by itself and gives more to the workers of all CPUs.
 */
#include "receive.h"

#include <linux/bug.h>
#include <linux/cpumask.h>
#include <linux/etherdevice.h>
#include <linux/lockdep.h>
#include <net/inet_ecn.h>
#include <net/ip_tunnels.h>
#include "chacha20poly1305.h"
#include "link_header.h"
#include "skb_reset.h"
#include "transmit.h"
#include "wg_limits.h"

/* Packets of a batch: enough to share the costs, few enough to share the work. */
#define WG_RECEIVE_BATCH 16
/* Packets of a peer that may be in flight, lest memory be eaten by who can send them. */
#define WG_MAX_IN_FLIGHT (4 * WG_MAX_QUEUED)

/* The control block of a message until it is delivered. */
struct wg_receive_cb {
	u64 nonce;
	/* TOS or traffic class of the outer header. */
	u8 tos;
};

static struct wg_receive_cb *wg_receive_cb(struct sk_buff *skb)
{
	BUILD_BUG_ON(sizeof(struct wg_receive_cb) > sizeof(skb->cb));
	return (struct wg_receive_cb *)skb->cb;
}

/* A linear buffer of this packet's own, to decrypt it in or into; @skb is consumed. */
static struct sk_buff *wg_decrypt_into_copy(struct sk_buff *skb, const struct wg_keypair *keypair,
					    bool *good)
{
	struct wg_receive_cb *cb = wg_receive_cb(skb);
	unsigned int len = skb->len;
	struct sk_buff *copy;
	const u8 *encrypted;

	copy = __netdev_alloc_skb(skb->dev, len, GFP_ATOMIC | __GFP_NOWARN);
	if (unlikely(!copy)) {
		kfree_skb(skb);
		return NULL;
	}
	skb_put(copy, len);
	encrypted = skb->data;
	if (skb_is_nonlinear(skb)) {
		WARN_ON_ONCE(skb_copy_bits(skb, 0, copy->data, len));
		encrypted = copy->data;
	}
	*good = wg_aead_decrypt(copy->data, encrypted, len, NULL, 0, cb->nonce, keypair->receiving);
	memcpy(copy->cb, skb->cb, sizeof(copy->cb));
	compat_skb_copy_times(copy, skb);
	compat_skb_set_napi_id(copy, compat_skb_napi_id(skb));
	consume_skb(skb);
	return copy;
}

/*
 * Turns a message into a packet. Consumes @skb and returns NULL, with the loss
 * counted, where it does not authenticate.
 */
static struct sk_buff *wg_decrypt_packet(struct wg_device *device, struct sk_buff *skb,
					 const struct wg_keypair *keypair)
{
	const struct wg_msg_data *msg = (const void *)skb->data;
	bool good;

	wg_receive_cb(skb)->nonce = le64_to_cpu(msg->counter);
	__skb_pull(skb, sizeof(*msg));
	if (unlikely(skb_is_nonlinear(skb) || skb_cloned(skb))) {
		skb = wg_decrypt_into_copy(skb, keypair, &good);
		if (unlikely(!skb)) {
			wg_count(device, WG_DROP_RX_NO_MEMORY);
			return NULL;
		}
	} else {
		good = wg_aead_decrypt(skb->data, skb->data, skb->len, NULL, 0,
				       wg_receive_cb(skb)->nonce, keypair->receiving);
	}
	if (unlikely(!good)) {
		wg_count(device, WG_DROP_RX_NOT_AUTHENTIC);
		kfree_skb(skb);
		return NULL;
	}
	__skb_trim(skb, skb->len - WG_TAG_LEN);
	return skb;
}

/* Decrypts a batch; the number of its packets that are lost by it. */
static unsigned int wg_decrypt_batch(struct wg_batch *batch)
{
	struct wg_device *device = batch->peer->device;
	struct wg_keypair *keypair = batch->keypair;
	unsigned int lost = 0;
	struct sk_buff_head decrypted;
	struct sk_buff *skb;

	if (unlikely(!wg_keypair_can_receive(keypair, ktime_get_coarse_boottime_ns()))) {
		lost = skb_queue_len(&batch->packets);
		wg_stats_count_many(device->stats, WG_DROP_RX_EXPIRED_KEY, lost);
		atomic_sub(lost, &batch->peer->rx.packets);
		__skb_queue_purge(&batch->packets);
		return lost;
	}
	__skb_queue_head_init(&decrypted);
	while ((skb = __skb_dequeue(&batch->packets))) {
		skb = wg_decrypt_packet(device, skb, keypair);
		if (likely(skb)) {
			__skb_queue_tail(&decrypted, skb);
		} else {
			atomic_dec(&batch->peer->rx.packets);
			lost++;
		}
	}
	skb_queue_splice(&decrypted, &batch->packets);
	return lost;
}

/* wg_receive_process - decrypt a batch, and schedule its receive queue; process context */
void wg_receive_process(struct wg_batch *batch)
{
	/* Once it is done, the NAPI poll may free it, and drop the last reference to the peer. */
	struct wg_peer *peer = wg_peer_get(batch->peer);

	wg_decrypt_batch(batch);
	/* Pairs with the acquire in wg_first_done(). */
	smp_store_release(&batch->done, true);
	wg_peer_rx_schedule(&peer->rx);
	wg_peer_put(peer);
}

/* The inner packet's length by its own header, or 0 if that cannot be. */
static unsigned int wg_inner_len(const struct sk_buff *skb)
{
	unsigned int len;

	if (skb->protocol == htons(ETH_P_IP)) {
		len = ntohs(ip_hdr(skb)->tot_len);
		if (len < sizeof(struct iphdr))
			return 0;
	} else {
		len = ntohs(ipv6_hdr(skb)->payload_len) + sizeof(struct ipv6hdr);
	}
	return len <= skb->len ? len : 0;
}

static bool wg_source_allowed(struct wg_peer *peer, const struct sk_buff *skb)
{
	struct wg_allowedips_owner *owner;

	if (skb->protocol == htons(ETH_P_IP))
		owner = wg_allowedips_lookup(&peer->device->allowedips, AF_INET,
					     &ip_hdr(skb)->saddr);
	else
		owner = wg_allowedips_lookup(&peer->device->allowedips, AF_INET6,
					     &ipv6_hdr(skb)->saddr);
	return owner == &peer->allowed;
}

/*
 * By RFC 6040, but for a packet with CE outside that does not know of ECN inside: that
 * is delivered as it is. On a path that marks everything no other packet would get through.
 */
static void wg_combine_ecn(struct wg_device *device, struct sk_buff *skb, u8 outer_tos)
{
	u8 inner_tos = skb->protocol == htons(ETH_P_IP) ? ip_hdr(skb)->tos :
							   ipv6_get_dsfield(ipv6_hdr(skb));

	if (unlikely(INET_ECN_decapsulate(skb, outer_tos, inner_tos) > 1))
		wg_count(device, WG_DROP_RX_ECN_CE_NOT_ECT);
}

/*
 * What the outer packet left on the skb must not be seen inside. skb->napi_id is kept:
 * sockets busy poll that NAPI, and hardware time stamps are read through it.
 */
static void wg_become_inner(struct sk_buff *skb, struct net_device *dev)
{
	unsigned int napi_id = compat_skb_napi_id(skb);
	__be16 protocol = skb->protocol;

	skb_scrub_packet(skb, true);
	wg_reset_skb(skb);
	/* The message came alone, but a guest may have sent it with the metadata of a GSO packet. */
	skb_shinfo(skb)->gso_size = 0;
	skb_shinfo(skb)->gso_segs = 0;
	skb_shinfo(skb)->gso_type = 0;
	/* BPF programs and queueing disciplines on the way up find it empty from any driver. */
	memset(skb->cb, 0, sizeof(skb->cb));
	compat_skb_set_napi_id(skb, napi_id);
	skb->protocol = protocol;
	skb->dev = dev;
	/* Authenticated as a whole, and so all checksums below are as they were sent. */
	skb->ip_summed = CHECKSUM_UNNECESSARY;
	skb->csum_level = ~0;
}

/* Why an authenticated packet is not fit for the stack, or WG_DROPS if it is; sets its length. */
static enum wg_drop wg_judge_inner(struct wg_peer *peer, struct sk_buff *skb, unsigned int *len)
{
	if (unlikely(!netif_running(peer->device->dev)))
		return WG_DROP_RX_INTERFACE_DOWN;
	skb_reset_network_header(skb);
	skb->protocol = wg_parse_protocol(skb);
	if (unlikely(!skb->protocol))
		return WG_DROP_RX_BAD_INNER_PACKET;
	*len = wg_inner_len(skb);
	if (unlikely(!*len))
		return WG_DROP_RX_BAD_INNER_LENGTH;
	return likely(wg_source_allowed(peer, skb)) ? WG_DROPS : WG_DROP_RX_SOURCE_NOT_ALLOWED;
}

static void wg_log_dropped(const struct wg_peer *peer, const struct sk_buff *skb,
			   enum wg_drop reason)
{
	const char *dev = peer->device->dev->name;

	switch (reason) {
	case WG_DROP_RX_SOURCE_NOT_ALLOWED:
		if (skb->protocol == htons(ETH_P_IP))
			net_dbg_ratelimited("%s: Source %pI4 is not allowed to peer %llu (%pISpfsc)\n",
					    dev, &ip_hdr(skb)->saddr, peer->id, wg_peer_addr(peer));
		else
			net_dbg_ratelimited("%s: Source %pI6c is not allowed to peer %llu (%pISpfsc)\n",
					    dev, &ipv6_hdr(skb)->saddr, peer->id,
					    wg_peer_addr(peer));
		break;
	case WG_DROP_RX_BAD_INNER_PACKET:
		net_dbg_ratelimited("%s: Packet from peer %llu (%pISpfsc) is neither IPv4 nor IPv6\n",
				    dev, peer->id, wg_peer_addr(peer));
		break;
	case WG_DROP_RX_BAD_INNER_LENGTH:
		net_dbg_ratelimited("%s: Packet from peer %llu (%pISpfsc) has not the length that it says\n",
				    dev, peer->id, wg_peer_addr(peer));
		break;
	default:
		net_dbg_ratelimited("%s: Dropping packet from peer %llu (%pISpfsc), as the interface is down\n",
				    dev, peer->id, wg_peer_addr(peer));
	}
}

/* Hands a packet to the stack, or drops it and returns false; under RCU, in the NAPI poll. */
static bool wg_deliver(struct wg_peer *peer, struct sk_buff *skb, struct napi_struct *napi)
{
	struct wg_device *device = peer->device;
	u8 outer_tos = wg_receive_cb(skb)->tos;
	enum wg_drop reason;
	unsigned int len;

	reason = wg_judge_inner(peer, skb, &len);
	if (unlikely(reason != WG_DROPS)) {
		wg_log_dropped(peer, skb, reason);
		wg_count(device, reason);
		kfree_skb(skb);
		return false;
	}
	wg_combine_ecn(device, skb, outer_tos);
	/* Linear, and so this can only shorten it. */
	__skb_trim(skb, len);
	wg_become_inner(skb, device->dev);
	napi_gro_receive(napi, skb);
	return true;
}

/* The first fresh message of a batch: its way and its session have proven good. */
static void wg_got_fresh(struct wg_peer *peer, struct wg_batch *batch)
{
	wg_endpoint_set(&peer->endpoint, &batch->path);
	wg_timers_note(&peer->timers, WG_EVENT_GOT_AUTHENTICATED);
	if (unlikely(wg_keypairs_confirm(&peer->keypairs, batch->keypair))) {
		/* A retired session ends no handshake that is to replace it. */
		if (likely(wg_keypair_can_send(batch->keypair, ktime_get_coarse_boottime_ns())))
			wg_peer_session_confirmed(peer);
		wg_transmit_staged(peer);
	}
}

/* What the peer has sent us and we have made use of: as UDP payload. */
static void wg_count_received(struct wg_peer *peer, unsigned int bytes)
{
	atomic64_add(bytes, &peer->rx_bytes);
	dev_sw_netstats_rx_add(peer->device->dev, bytes);
}

/* Takes in a packet that authenticated and is none that came before. */
static void wg_accept(struct wg_peer *peer, struct sk_buff *skb, struct napi_struct *napi)
{
	/* Padding included: it came, too. */
	unsigned int bytes = skb->len + WG_DATA_OVERHEAD;

	if (!skb->len) {
		net_dbg_ratelimited("%s: Receiving keepalive packet from peer %llu (%pISpfsc)\n",
				    peer->device->dev->name, peer->id, wg_peer_addr(peer));
		consume_skb(skb);
	} else if (!wg_deliver(peer, skb, napi)) {
		return;
	}
	wg_count_received(peer, bytes);
}

/* Delivers up to @budget packets of a batch that is done; the number of them. */
static int wg_deliver_batch(struct wg_batch *batch, struct napi_struct *napi, int budget)
{
	struct wg_peer *peer = batch->peer;
	bool fresh = false, data = false;
	struct sk_buff *skb;
	int done = 0;

	while (done < budget && (skb = __skb_dequeue(&batch->packets))) {
		done++;
		atomic_dec(&peer->rx.packets);
		if (unlikely(!wg_replay_check(&batch->keypair->replay,
					      wg_receive_cb(skb)->nonce))) {
			net_dbg_ratelimited("%s: Packet from peer %llu (%pISpfsc) has invalid nonce %llu (max %llu)\n",
					    peer->device->dev->name, peer->id, wg_peer_addr(peer),
					    wg_receive_cb(skb)->nonce,
					    max(batch->keypair->replay.next, 1ULL) - 1);
			wg_count(peer->device, WG_DROP_RX_REPLAYED);
			kfree_skb(skb);
			continue;
		}
		if (!fresh)
			wg_got_fresh(peer, batch);
		fresh = true;
		/* First, for the stack may answer before it returns, and that cancels it. */
		if (skb->len && !data) {
			wg_timers_note(&peer->timers, WG_EVENT_GOT_DATA);
			data = true;
		}
		wg_accept(peer, skb, napi);
	}
	if (fresh && unlikely(wg_keypair_wants_rekey_on_receive(batch->keypair,
								ktime_get_coarse_boottime_ns())))
		wg_peer_want_session(peer);
	return done;
}

static void wg_drop_undecrypted(struct wg_batch *batch)
{
	unsigned int count = skb_queue_len(&batch->packets);

	wg_stats_count_many(batch->peer->device->stats, WG_DROP_RX_QUEUE_FULL, count);
	atomic_sub(count, &batch->peer->rx.packets);
	__skb_queue_purge(&batch->packets);
}

/* Messages that one poll decrypts, and what becomes of them. */
struct wg_decryption {
	/* As many as it may deliver. */
	int budget;
	/* Packets that are ready to be delivered, or were decrypted here. */
	int decrypted;
	/* Packets that were decrypted here and are lost. */
	int lost;
	/* Arrivals were left for the next poll. */
	bool left;
};

static void wg_count_ready(struct wg_peer_rx *rx, struct wg_decryption *decryption)
{
	struct wg_batch *batch;

	list_for_each_entry(batch, &rx->queue, order) {
		/* Pairs with the release in wg_receive_process(). */
		if (!smp_load_acquire(&batch->done) || decryption->decrypted >= decryption->budget)
			return;
		decryption->decrypted += skb_queue_len(&batch->packets);
	}
}

/*
 * Puts what arrived in line, and sees to it that it gets decrypted. A CPU without others
 * decrypts all of it here, but no more in one poll than the budget lets it deliver: the
 * rest stays where it is, so that NAPI can give way to other work.
 */
static void wg_take_arrivals(struct wg_peer_rx *rx, struct wg_decryption *decryption)
{
	bool single = num_online_cpus() == 1, alone;
	struct wg_batch *batch, *next;
	LIST_HEAD(arrivals);

	spin_lock(&rx->lock);
	list_splice_init(&rx->arrivals, &arrivals);
	spin_unlock(&rx->lock);

	if (single)
		wg_count_ready(rx, decryption);
	alone = list_empty(&rx->queue) && list_is_singular(&arrivals);
	list_for_each_entry_safe(batch, next, &arrivals, order) {
		if (single && decryption->decrypted >= decryption->budget)
			break;
		list_move_tail(&batch->order, &rx->queue);
		if (single || (alone && wg_batch_is_small(batch))) {
			decryption->decrypted += skb_queue_len(&batch->packets);
			decryption->lost += wg_decrypt_batch(batch);
			batch->done = true;
		} else if (!wg_crypt_queue_push(&batch->peer->device->decrypt, batch)) {
			wg_drop_undecrypted(batch);
			batch->done = true;
		}
	}
	if (likely(list_empty(&arrivals)))
		return;
	decryption->left = true;
	spin_lock(&rx->lock);
	list_splice_init(&arrivals, &rx->arrivals);
	spin_unlock(&rx->lock);
}

static struct wg_batch *wg_first_done(struct wg_peer_rx *rx)
{
	struct wg_batch *batch;

	batch = list_first_entry_or_null(&rx->queue, struct wg_batch, order);
	if (!batch)
		return NULL;
	/* Pairs with the release in wg_receive_process(). */
	return smp_load_acquire(&batch->done) ? batch : NULL;
}

static int wg_receive_poll(struct wg_peer_rx *rx, struct napi_struct *napi, int budget,
			   bool *more)
{
	struct wg_decryption decryption = { .budget = budget };
	struct wg_batch *batch;
	int done = 0;

	rcu_read_lock();
	wg_take_arrivals(rx, &decryption);
	while (done < budget && (batch = wg_first_done(rx))) {
		/* A batch whose packets are all lost is work, too. */
		done += max(1, wg_deliver_batch(batch, napi, budget - done));
		if (skb_queue_empty(&batch->packets)) {
			list_del(&batch->order);
			wg_peer_end_batch(batch);
		}
	}
	*more = decryption.left || wg_first_done(rx);
	rcu_read_unlock();
	/* Packets that were lost here cost as much: a flood of forged ones must end, too. */
	return min(done + decryption.lost, budget);
}

static void wg_peer_rx_get(struct wg_peer_rx *rx)
{
	wg_peer_get(wg_peer_of_rx(rx));
}

static void wg_peer_rx_put(struct wg_peer_rx *rx)
{
	wg_peer_put(wg_peer_of_rx(rx));
}

const struct wg_napi_ops wg_receive_napi_ops = {
	.poll = wg_receive_poll,
	.get = wg_peer_rx_get,
	.put = wg_peer_rx_put,
};

/* The last batch of what arrived, if a message of this session and this way may join it. */
static struct wg_batch *wg_batch_to_join(struct wg_peer_rx *rx,
					 const struct wg_keypair *keypair,
					 const struct wg_path *from)
{
	struct wg_batch *batch;

	lockdep_assert_held(&rx->lock);
	if (list_empty(&rx->arrivals))
		return NULL;
	batch = list_last_entry(&rx->arrivals, struct wg_batch, order);
	return batch->keypair == keypair && skb_queue_len(&batch->packets) < WG_RECEIVE_BATCH &&
	       wg_path_equal(&batch->path, from) ? batch : NULL;
}

/*
 * An empty batch with references to @peer and @keypair, or NULL and the reason. Under RCU,
 * but not under the queue's lock: on failure references are dropped, and the end of a
 * peer takes the lock of its staged packets.
 */
static struct wg_batch *wg_batch_for(struct wg_peer *peer, struct wg_keypair *keypair,
				     const struct wg_path *from, enum wg_drop *reason)
{
	struct wg_batch *batch = wg_batch_new();

	if (unlikely(!batch)) {
		*reason = WG_DROP_RX_NO_MEMORY;
		return NULL;
	}
	batch->peer = wg_peer_get_maybe(peer);
	batch->keypair = wg_keypair_get(keypair);
	if (unlikely(!batch->peer || !batch->keypair)) {
		/* wg_keypairs_drop() has taken the index out of the table since the look-up. */
		*reason = WG_DROP_RX_UNKNOWN_RECEIVER;
		wg_peer_end_batch(batch);
		return NULL;
	}
	batch->path = *from;
	return batch;
}

static void wg_receive_data(struct wg_device *device, struct sk_buff *skb)
{
	const struct wg_msg_data *msg = (const void *)skb->data;
	enum wg_drop reason = WG_DROP_RX_UNKNOWN_RECEIVER;
	struct wg_index_node *node;
	struct wg_keypair *keypair;
	struct wg_path from;
	struct wg_batch *batch;
	struct wg_peer *peer;

	wg_receive_cb(skb)->tos = ip_tunnel_get_dsfield(ip_hdr(skb), skb);
	rcu_read_lock();
	node = wg_index_lookup(&device->indices, msg->receiver, WG_INDEX_KEYPAIR);
	if (unlikely(!node || wg_path_from_skb(&from, skb)))
		goto drop;
	keypair = container_of(node, struct wg_keypair, index);
	peer = container_of(keypair->slots, struct wg_peer, keypairs);

	reason = WG_DROP_RX_QUEUE_FULL;
	if (unlikely(atomic_read(&peer->rx.packets) >= WG_MAX_IN_FLIGHT))
		goto drop;
	spin_lock_bh(&peer->rx.lock);
	batch = wg_batch_to_join(&peer->rx, keypair, &from);
	if (!batch) {
		spin_unlock_bh(&peer->rx.lock);
		batch = wg_batch_for(peer, keypair, &from, &reason);
		if (unlikely(!batch))
			goto drop;
		spin_lock_bh(&peer->rx.lock);
		list_add_tail(&batch->order, &peer->rx.arrivals);
	}
	atomic_inc(&peer->rx.packets);
	__skb_queue_tail(&batch->packets, skb);
	/* Within the lock, where the batch's reference keeps the peer. */
	wg_peer_rx_schedule(&peer->rx);
	spin_unlock_bh(&peer->rx.lock);
	rcu_read_unlock();
	return;

drop:
	rcu_read_unlock();
	wg_count(device, reason);
	kfree_skb(skb);
}

/*
 * Whether a handshake message may be queued. Messages that any host can make are not
 * queued: those with a wrong mac1 (the sender does not know our public key), and cookie
 * replies for an index that is not ours. The worker checks both once more, as key and
 * indices may change meanwhile.
 */
static enum wg_drop wg_judge_handshake(struct wg_device *device, const struct sk_buff *skb,
				       enum wg_message_type type)
{
	const struct wg_msg_cookie *cookie = (const void *)skb->data;
	bool known;

	if (type != WG_MSG_COOKIE)
		return wg_cookie_mac1_right(&device->checker, skb->data, skb->len) ?
		       WG_DROPS : WG_DROP_HANDSHAKE_WRONG_MAC;
	rcu_read_lock();
	known = wg_index_lookup(&device->indices, cookie->receiver,
				WG_INDEX_HANDSHAKE | WG_INDEX_KEYPAIR);
	rcu_read_unlock();
	return known ? WG_DROPS : WG_DROP_HANDSHAKE_BAD_COOKIE;
}

static void wg_log_handshake(const struct wg_device *device, const struct sk_buff *skb,
			     enum wg_drop reason)
{
	struct wg_path from;

	if (wg_path_from_skb(&from, skb))
		return;
	if (reason == WG_DROP_HANDSHAKE_WRONG_MAC)
		net_dbg_ratelimited("%s: Invalid MAC of handshake, dropping packet from %pISpfsc\n",
				    device->dev->name, &from.remote.any);
	else if (reason == WG_DROP_HANDSHAKE_BAD_COOKIE)
		net_dbg_ratelimited("%s: Cookie response from %pISpfsc answers nothing of ours\n",
				    device->dev->name, &from.remote.any);
	else
		net_dbg_ratelimited("%s: Dropping handshake packet from %pISpfsc: %s\n",
				    device->dev->name, &from.remote.any,
				    reason == WG_DROP_HANDSHAKE_QUEUE_FULL ? "too many wait" : "no memory");
}

static void wg_receive_handshake(struct wg_device *device, struct sk_buff *skb,
				 enum wg_message_type type)
{
	enum wg_drop reason = WG_DROP_HANDSHAKE_NO_MEMORY;
	struct wg_batch *batch;

	if (unlikely(skb_linearize(skb)))
		goto drop;
	reason = wg_judge_handshake(device, skb, type);
	if (unlikely(reason != WG_DROPS))
		goto drop;
	reason = WG_DROP_HANDSHAKE_NO_MEMORY;
	batch = wg_batch_new();
	if (unlikely(!batch))
		goto drop;
	__skb_queue_tail(&batch->packets, skb);
	if (likely(wg_crypt_queue_push(&device->handshakes, batch)))
		return;
	__skb_unlink(skb, &batch->packets);
	wg_peer_end_batch(batch);
	reason = WG_DROP_HANDSHAKE_QUEUE_FULL;
drop:
	wg_log_handshake(device, skb, reason);
	wg_count(device, reason);
	kfree_skb(skb);
}

/* The type of a message whose size goes with it, else WG_MSG_INVALID and the reason. */
static enum wg_message_type wg_message_type(struct sk_buff *skb, enum wg_drop *reason)
{
	u32 type;

	*reason = WG_DROP_RX_MALFORMED;
	if (unlikely(skb->len < sizeof(struct wg_msg_data)))
		return WG_MSG_INVALID;
	if (unlikely(!pskb_may_pull(skb, sizeof(struct wg_msg_data)))) {
		*reason = WG_DROP_RX_NO_MEMORY;
		return WG_MSG_INVALID;
	}
	type = le32_to_cpu(((const struct wg_msg_header *)skb->data)->type);
	if (likely(type == WG_MSG_DATA))
		return skb->len >= WG_KEEPALIVE_LEN ? WG_MSG_DATA : WG_MSG_INVALID;
	if ((type == WG_MSG_INITIATION && skb->len == sizeof(struct wg_msg_initiation)) ||
	    (type == WG_MSG_RESPONSE && skb->len == sizeof(struct wg_msg_response)) ||
	    (type == WG_MSG_COOKIE && skb->len == sizeof(struct wg_msg_cookie)))
		return type;
	return WG_MSG_INVALID;
}

/* wg_receive - sort a datagram; softirq; see struct wg_sockets */
void wg_receive(struct wg_sockets *sockets, struct sk_buff *skb)
{
	struct wg_device *device = container_of(sockets, struct wg_device, sockets);
	enum wg_message_type type;
	enum wg_drop reason;

	skb->dev = device->dev;
	/* The dst of the outer packet must not outlive its namespace while the skb is queued. */
	skb_dst_drop(skb);
	type = wg_message_type(skb, &reason);
	switch (type) {
	case WG_MSG_DATA:
		wg_receive_data(device, skb);
		return;
	case WG_MSG_INITIATION:
	case WG_MSG_RESPONSE:
	case WG_MSG_COOKIE:
		wg_receive_handshake(device, skb, type);
		return;
	default:
		wg_count(device, reason);
		kfree_skb(skb);
	}
}
