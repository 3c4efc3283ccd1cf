// SPDX-License-Identifier: GPL-2.0
/*
 * From the socket to the queues: classifies datagrams, and queues data messages by peer and
 * handshake messages by device.
 *
 * Consecutive messages of one session and one path join a batch until the peer's NAPI poll.
 * So the datagrams of one NAPI poll of the network card share a batch, its references and
 * its slot in the queue.
 */
#include "receive.h"

#include <linux/lockdep.h>
#include <net/ip_tunnels.h>
#include "deliver.h"
#include "wg_limits.h"

/*
 * The most packets in a batch. Smaller batches cost more for each packet. Larger batches spread
 * the work over fewer CPUs.
 */
#define WG_RECEIVE_BATCH 16
/* Limit of the packets of a peer in flight, so that a sender cannot exhaust the memory. */
#define WG_MAX_IN_FLIGHT (4 * WG_MAX_QUEUED)

/* The last batch of the arrivals, if it has this session and path and is not full; or NULL. */
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
 * Returns an empty batch with references to @peer and @keypair; or NULL, and @reason. Under RCU,
 * but not under the queue's lock: on failure it drops references, and dropping the last one
 * takes the lock of the peer's staged packets.
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
		/* wg_keypairs_drop() has taken the index out of the table since the lookup. */
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
	batch->messages++;
	/* Under the lock: no poll can take the batch, so its reference keeps the peer alive. */
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
 * Returns the reason to drop a handshake message instead of queueing it, or WG_DROP_NONE. Messages
 * that any host can make are dropped: those with a wrong mac1 (the sender does not have this
 * device's public key), and cookie replies for an unknown index. The worker checks both again,
 * since the key and the indices may change meanwhile.
 */
static enum wg_drop wg_check_handshake(struct wg_device *device, const struct sk_buff *skb,
				       enum wg_message_type type)
{
	const struct wg_msg_cookie *cookie = (const void *)skb->data;
	bool known;

	if (type != WG_MSG_COOKIE)
		return wg_cookie_mac1_right(&device->checker, skb->data, skb->len) ?
		       WG_DROP_NONE : WG_DROP_HANDSHAKE_WRONG_MAC;
	rcu_read_lock();
	known = wg_index_lookup(&device->indices, cookie->receiver,
				WG_INDEX_HANDSHAKE | WG_INDEX_KEYPAIR);
	rcu_read_unlock();
	return known ? WG_DROP_NONE : WG_DROP_HANDSHAKE_BAD_COOKIE;
}

static void wg_log_handshake(const struct wg_device *device, const struct sk_buff *skb,
			     enum wg_drop reason)
{
	struct wg_path from;

	if (wg_path_from_skb(&from, skb))
		return;
	if (reason == WG_DROP_HANDSHAKE_WRONG_MAC)
		net_dbg_ratelimited("%s: handshake message from %pISpfsc dropped, its mac1 is wrong\n",
				    device->dev->name, &from.remote.any);
	else if (reason == WG_DROP_HANDSHAKE_BAD_COOKIE)
		net_dbg_ratelimited("%s: cookie reply from %pISpfsc dropped, its receiver index is unknown\n",
				    device->dev->name, &from.remote.any);
	else
		net_dbg_ratelimited("%s: handshake message from %pISpfsc dropped, %s\n",
				    device->dev->name, &from.remote.any,
				    reason == WG_DROP_HANDSHAKE_QUEUE_FULL ?
				    "the queue is full" : "no memory");
}

static void wg_receive_handshake(struct wg_device *device, struct sk_buff *skb,
				 enum wg_message_type type)
{
	enum wg_drop reason = WG_DROP_HANDSHAKE_NO_MEMORY;
	struct wg_batch *batch;

	if (unlikely(skb_linearize(skb)))
		goto drop;
	reason = wg_check_handshake(device, skb, type);
	if (unlikely(reason != WG_DROP_NONE))
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

/* The type of a message, if its size is valid for that type; else WG_MSG_INVALID, and @reason. */
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
