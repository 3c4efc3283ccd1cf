// SPDX-License-Identifier: GPL-2.0
/*
 * From the queues to the stack: decrypts messages on any CPU, and delivers the packets of each
 * peer in order.
 *
 * The NAPI poll of a peer's queue decrypts a small batch itself and pushes larger ones to the
 * decryption queue, whose workers run on all CPUs.
 */
#include "deliver.h"

#include <linux/bug.h>
#include <linux/cpumask.h>
#include <linux/etherdevice.h>
#include <net/inet_ecn.h>
#include "aead_many.h"
#include "link_header.h"
#include "skb_reset.h"
#include "transmit.h"

/* Returns a linear copy, or NULL if there is no memory. Consumes @skb. */
static struct sk_buff *wg_copy_encrypted(struct sk_buff *skb)
{
	unsigned int len = skb->len;
	struct sk_buff *copy;

	copy = __netdev_alloc_skb(skb->dev, len, GFP_ATOMIC | __GFP_NOWARN);
	if (unlikely(!copy)) {
		kfree_skb(skb);
		return NULL;
	}
	WARN_ON_ONCE(skb_copy_bits(skb, 0, skb_put(copy, len), len));
	memcpy(copy->cb, skb->cb, sizeof(copy->cb));
	compat_skb_copy_times(copy, skb);
	compat_skb_set_napi_id(copy, compat_skb_napi_id(skb));
	consume_skb(skb);
	return copy;
}

/*
 * Removes the header of a message, and copies the message if it may not be decrypted in place.
 * If that fails, consumes @skb, counts the drop and returns NULL.
 * @message: filled in with what is to be decrypted in place
 */
static struct sk_buff *wg_prepare_packet(struct wg_device *device, struct sk_buff *skb,
					 struct wg_aead_message *message)
{
	const struct wg_msg_data *msg = (const void *)skb->data;

	wg_receive_cb(skb)->nonce = le64_to_cpu(msg->counter);
	__skb_pull(skb, sizeof(*msg));
	if (unlikely(skb_is_nonlinear(skb) || skb_cloned(skb))) {
		skb = wg_copy_encrypted(skb);
		if (unlikely(!skb)) {
			wg_count(device, WG_DROP_RX_NO_MEMORY);
			return NULL;
		}
	}
	message->src = skb->data;
	message->dst = skb->data;
	/* The message has a tag: receive.c drops shorter ones. */
	message->len = skb->len - WG_TAG_LEN;
	message->nonce = wg_receive_cb(skb)->nonce;
	return skb;
}

/*
 * Decrypts the first messages of @packets, up to WG_AEAD_MANY, and moves the packets that they
 * contain to @decrypted. Counts the others as dropped, and returns their number.
 */
static noinline unsigned int wg_decrypt_some(struct wg_batch *batch,
					     struct sk_buff_head *decrypted)
{
	struct wg_aead_message messages[WG_AEAD_MANY];
	struct wg_device *device = batch->peer->device;
	unsigned int count = 0, i, lost = 0;
	struct sk_buff_head prepared;
	struct sk_buff *skb;

	__skb_queue_head_init(&prepared);
	while (count < ARRAY_SIZE(messages) && (skb = __skb_dequeue(&batch->packets))) {
		skb = wg_prepare_packet(device, skb, messages + count);
		if (likely(skb)) {
			__skb_queue_tail(&prepared, skb);
			count++;
		} else {
			lost++;
		}
	}
	wg_aead_decrypt_many(messages, count, batch->keypair->receiving);
	for (i = 0; i < count; i++) {
		skb = __skb_dequeue(&prepared);
		if (likely(messages[i].ok)) {
			__skb_trim(skb, messages[i].len);
			__skb_queue_tail(decrypted, skb);
		} else {
			wg_count(device, WG_DROP_RX_NOT_AUTHENTIC);
			kfree_skb(skb);
			lost++;
		}
	}
	return lost;
}

/* Decrypts a batch. Returns the number of packets that were dropped. */
static unsigned int wg_decrypt_batch(struct wg_batch *batch)
{
	struct wg_device *device = batch->peer->device;
	struct sk_buff_head decrypted;
	unsigned int lost = 0;

	if (unlikely(!wg_keypair_can_receive(batch->keypair, ktime_get_coarse_boottime_ns()))) {
		lost = skb_queue_len(&batch->packets);
		wg_stats_count_many(device->stats, WG_DROP_RX_EXPIRED_KEY, lost);
		__skb_queue_purge(&batch->packets);
	}
	__skb_queue_head_init(&decrypted);
	while (!skb_queue_empty(&batch->packets))
		lost += wg_decrypt_some(batch, &decrypted);
	atomic_sub(lost, &batch->peer->rx.packets);
	skb_queue_splice(&decrypted, &batch->packets);
	return lost;
}

void wg_receive_process(struct wg_batch *batch)
{
	/* When done is set, the NAPI poll may free the batch and drop its reference to the peer. */
	struct wg_peer *peer = wg_peer_get(batch->peer);

	wg_decrypt_batch(batch);
	/* Pairs with the acquire in wg_first_done(). */
	smp_store_release(&batch->done, true);
	wg_peer_rx_schedule(&peer->rx);
	wg_peer_put(peer);
}

/* The length in the header of the inner packet; 0 if it is impossible. */
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
 * As in RFC 6040, with one exception: if the outer packet is marked CE and the inner packet is not
 * ECN-capable, the packet is delivered unchanged and not dropped. Otherwise a path that marks all
 * packets would block all traffic without ECN.
 */
static void wg_combine_ecn(struct wg_device *device, struct sk_buff *skb, u8 outer_tos)
{
	u8 inner_tos = skb->protocol == htons(ETH_P_IP) ? ip_hdr(skb)->tos :
							   ipv6_get_dsfield(ipv6_hdr(skb));

	if (unlikely(INET_ECN_decapsulate(skb, outer_tos, inner_tos) > 1))
		wg_count(device, WG_DROP_RX_ECN_CE_NOT_ECT);
}

/*
 * Turns the metadata of the outer packet into that of the inner packet. skb->napi_id is kept:
 * sockets busy poll that NAPI, and hardware timestamps are read through it.
 */
static void wg_reset_to_inner(struct sk_buff *skb, struct net_device *dev)
{
	unsigned int napi_id = compat_skb_napi_id(skb);
	__be16 protocol = skb->protocol;

	skb_scrub_packet(skb, true);
	wg_reset_skb(skb);
	/* The message is a single packet, but a guest may have sent it with GSO metadata. */
	skb_shinfo(skb)->gso_size = 0;
	skb_shinfo(skb)->gso_segs = 0;
	skb_shinfo(skb)->gso_type = 0;
	/* BPF programs and queueing disciplines expect a zeroed control block from a driver. */
	memset(skb->cb, 0, sizeof(skb->cb));
	compat_skb_set_napi_id(skb, napi_id);
	skb->protocol = protocol;
	skb->dev = dev;
	/* The packet is authenticated as a whole, so its checksums are as the peer sent them. */
	skb->ip_summed = CHECKSUM_UNNECESSARY;
	skb->csum_level = ~0;
}

/*
 * Returns the reason to drop an authenticated packet. If there is none, returns WG_DROP_NONE, and
 * @len is the length of the inner packet.
 */
static enum wg_drop wg_check_inner(struct wg_peer *peer, struct sk_buff *skb, unsigned int *len)
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
	return likely(wg_source_allowed(peer, skb)) ? WG_DROP_NONE : WG_DROP_RX_SOURCE_NOT_ALLOWED;
}

static void wg_log_dropped(const struct wg_peer *peer, const struct sk_buff *skb,
			   enum wg_drop reason)
{
	const char *dev = peer->device->dev->name;

	switch (reason) {
	case WG_DROP_RX_SOURCE_NOT_ALLOWED:
		if (skb->protocol == htons(ETH_P_IP))
			net_dbg_ratelimited("%s: peer %llu (%pISpfsc): packet dropped, its source %pI4 is not an allowed IP of this peer\n",
					    dev, peer->id, wg_peer_addr(peer), &ip_hdr(skb)->saddr);
		else
			net_dbg_ratelimited("%s: peer %llu (%pISpfsc): packet dropped, its source %pI6c is not an allowed IP of this peer\n",
					    dev, peer->id, wg_peer_addr(peer),
					    &ipv6_hdr(skb)->saddr);
		break;
	case WG_DROP_RX_BAD_INNER_PACKET:
		net_dbg_ratelimited("%s: peer %llu (%pISpfsc): packet dropped, its contents are not an IP packet\n",
				    dev, peer->id, wg_peer_addr(peer));
		break;
	case WG_DROP_RX_BAD_INNER_LENGTH:
		net_dbg_ratelimited("%s: peer %llu (%pISpfsc): packet dropped, the length in its inner IP header is wrong\n",
				    dev, peer->id, wg_peer_addr(peer));
		break;
	default:
		net_dbg_ratelimited("%s: peer %llu (%pISpfsc): packet dropped, the interface is down\n",
				    dev, peer->id, wg_peer_addr(peer));
	}
}

/* Passes a packet to the stack, or drops it and returns false. Under RCU, in the NAPI poll. */
static bool wg_deliver(struct wg_peer *peer, struct sk_buff *skb, struct napi_struct *napi)
{
	struct wg_device *device = peer->device;
	u8 outer_tos = wg_receive_cb(skb)->tos;
	enum wg_drop reason;
	unsigned int len;

	reason = wg_check_inner(peer, skb, &len);
	if (unlikely(reason != WG_DROP_NONE)) {
		wg_log_dropped(peer, skb, reason);
		wg_count(device, reason);
		kfree_skb(skb);
		return false;
	}
	wg_combine_ecn(device, skb, outer_tos);
	/* Removes the padding: the skb is linear, and len is not greater than skb->len. */
	__skb_trim(skb, len);
	wg_reset_to_inner(skb, device->dev);
	napi_gro_receive(napi, skb);
	return true;
}

/* Called for the first authentic message of a batch that is not a replay. */
static void wg_got_fresh(struct wg_peer *peer, struct wg_batch *batch)
{
	wg_endpoint_set(&peer->endpoint, &batch->path);
	wg_timers_event(&peer->timers, WG_EVENT_GOT_AUTHENTICATED);
	if (unlikely(wg_keypairs_confirm(&peer->keypairs, batch->keypair))) {
		/* A retired session must not end the handshake that is to replace it. */
		if (likely(wg_keypair_can_send(batch->keypair, ktime_get_coarse_boottime_ns())))
			wg_peer_session_confirmed(peer);
		wg_transmit_staged(peer);
	}
}

/* Counts accepted messages, as bytes of UDP payload. */
static void wg_count_received(struct wg_peer *peer, unsigned int bytes)
{
	atomic64_add(bytes, &peer->rx_bytes);
	dev_sw_netstats_rx_add(peer->device->dev, bytes);
}

/* Accepts an authentic packet that is not a replay: delivers it unless it is a keepalive. */
static void wg_accept(struct wg_peer *peer, struct sk_buff *skb, struct napi_struct *napi)
{
	/* Includes the padding, which wg_deliver() removes. */
	unsigned int bytes = skb->len + WG_DATA_OVERHEAD;

	if (!skb->len) {
		net_dbg_ratelimited("%s: peer %llu (%pISpfsc): keepalive received\n",
				    peer->device->dev->name, peer->id, wg_peer_addr(peer));
		consume_skb(skb);
	} else if (!wg_deliver(peer, skb, napi)) {
		return;
	}
	wg_count_received(peer, bytes);
}

/* Delivers or drops up to @budget packets of a decrypted batch. Returns their number. */
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
			net_dbg_ratelimited("%s: peer %llu (%pISpfsc): packet dropped, counter %llu is a replay or too old (newest %llu)\n",
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
		/* Before delivery: the stack may send a reply, which cancels the keepalive. */
		if (skb->len && !data) {
			wg_timers_event(&peer->timers, WG_EVENT_GOT_DATA);
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

/* The messages that one poll decrypts. */
struct wg_decryption {
	/* Packets that the poll may deliver. */
	int budget;
	/* Packets that were ready before the poll, or that the poll has processed. */
	int decrypted;
	/* Packets that the poll has dropped while decrypting. */
	int lost;
	/* Arrivals are left for the next poll. */
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
 * Moves the arrivals to the queue and decrypts them, or pushes them to the decryption queue. If
 * only one CPU is online, it decrypts all batches here, but no more in one poll than the budget
 * allows it to deliver. The other arrivals stay for the next poll, so that NAPI can yield to
 * other work.
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
		/* Charge one unit for a batch without packets: they were dropped earlier. */
		done += max(1, wg_deliver_batch(batch, napi, budget - done));
		if (skb_queue_empty(&batch->packets)) {
			list_del(&batch->order);
			wg_peer_end_batch(batch);
		}
	}
	*more = decryption.left || wg_first_done(rx);
	rcu_read_unlock();
	/* Charge dropped packets as well, so that a flood of forged messages uses up the budget. */
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
