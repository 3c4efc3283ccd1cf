// SPDX-License-Identifier: GPL-2.0
/*
 * Sending and receiving handshake messages: combines the functions of the protocol with the
 * locks, timers, index and endpoint of a peer.
 *
 * All functions but the timer callbacks run in process context. identity_lock is held for
 * reading while a handshake message is made or consumed, so that a change of the device's key
 * comes before or after.
 */
#include "handshake_io.h"

#include <linux/bug.h>
#include <linux/lockdep.h>
#include <linux/math64.h>
#include <linux/random.h>
#include <linux/string.h>
#include "transmit.h"
#include "wg_limits.h"

/* How long a device counts as under load after its handshake queue was last too long. */
#define WG_LOAD_LINGERS_NS WG_SEC_NS

static void wg_send_handshake(struct wg_peer *peer, const void *msg, size_t len)
{
	int ret;

	/* Before the message is sent: see enum wg_event. */
	wg_timers_event(&peer->timers, WG_EVENT_SENT_AUTHENTICATED);
	ret = wg_sockets_send_bytes(&peer->device->sockets, &peer->endpoint, msg, len,
				    WG_HANDSHAKE_TOS);
	if (likely(!ret))
		atomic64_add(len, &peer->tx_bytes);
	else if (ret != -EDESTADDRREQ)
		wg_count(peer->device,
			 ret == -ENOMEM ? WG_DROP_TX_NO_MEMORY : WG_DROP_TX_SOCKET);
}

/*
 * Bits of enum wg_session_block. While a bit is set, no handshake begins and no handshake
 * makes a session. Written by the PM notifier; read under handshake_lock.
 */
static unsigned long wg_blocked;

/*
 * Called under handshake_lock. The code that sets "dead" or wg_blocked, or that disables the
 * timers as the device goes down, ends all handshakes and sessions afterwards, under the same
 * lock.
 */
static bool wg_may_handshake(const struct wg_peer *peer)
{
	lockdep_assert_held(&peer->handshake_lock);
	return !READ_ONCE(peer->dead) && !READ_ONCE(wg_blocked) &&
	       READ_ONCE(peer->timers.running) && netif_running(peer->device->dev);
}

/*
 * A handshake that holds handshake_lock before wg_peer_forget_keys() takes it may make a
 * session, which wg_peer_forget_keys() ends. A handshake that takes the lock later sees the bit,
 * since the lock orders the two. A peer that wg_for_each_peer() did not see is created under
 * RTNL, after wg_for_each_peer() has released RTNL. Its handshakes therefore see the bit as
 * well.
 */
void wg_sessions_block(enum wg_session_block why)
{
	set_bit(why, &wg_blocked);
}

void wg_sessions_unblock(enum wg_session_block why)
{
	clear_bit(why, &wg_blocked);
}

/*
 * Nanoseconds until the next initiation may be sent; 0 is now. Normally this is the rest of
 * Rekey-Timeout. After a change of the endpoint it is the rest of 1 s /
 * WG_INITIATIONS_PER_SECOND, since peers refuse initiations at a higher rate. One tick is
 * added because the coarse clock lags by up to one tick.
 */
static u64 wg_hold_ns(const struct wg_peer *peer)
{
	u64 sent = atomic64_read(&peer->sent_handshake_ns), passed, hold;

	lockdep_assert_held(&peer->handshake_lock);
	hold = peer->endpoint_changed ? WG_SEC_NS / WG_INITIATIONS_PER_SECOND + TICK_NSEC :
					WG_REKEY_TIMEOUT_NS;
	passed = ktime_get_coarse_boottime_ns() - sent;
	return sent && passed < hold ? hold - passed : 0;
}

/*
 * A random delay from 0 to Rekey-Timeout, in nanoseconds. If the initiations of two peers cross,
 * each peer responds and discards its own handshake, so that no session is confirmed. The
 * responses, which were sent at almost the same time, then delay the next initiation of both
 * peers by Rekey-Timeout. Without a random delay the next initiations would cross again. If a
 * round trip takes longer than the jitter of the timers, this would never end.
 */
static u64 wg_spread_ns(void)
{
	return (u64)get_random_u32_below(WG_REKEY_TIMEOUT * MSEC_PER_SEC) * NSEC_PER_MSEC;
}

/*
 * Makes the message under the locks; the caller sends it without them. Returns false if no
 * message is made; @retry_ns is then the delay until the next try, or 0 for the regular
 * Rekey-Timeout.
 */
static bool wg_make_initiation(struct wg_peer *peer, struct wg_msg_initiation *msg, u64 *retry_ns)
{
	struct wg_device *device = peer->device;
	struct wg_handshake *hs = &peer->handshake;
	u8 timestamp[WG_TIMESTAMP_LEN];
	u64 hold_ns;
	bool made = false;

	*retry_ns = 0;
	down_read(&device->identity_lock);
	mutex_lock(&peer->handshake_lock);
	if (!wg_may_handshake(peer) || !wg_peer_can_initiate(peer))
		goto out;
	/* Checked under the lock, so that only one initiation is sent in a Rekey-Timeout. */
	hold_ns = wg_hold_ns(peer);
	if (hold_ns) {
		if (peer->endpoint_changed)
			*retry_ns = hold_ns;
		else if (READ_ONCE(peer->timers.attempts))
			*retry_ns = hold_ns + wg_spread_ns();
		goto out;
	}
	if (wg_index_insert(&device->indices, &hs->index, WG_INDEX_HANDSHAKE))
		goto out;
	wg_handshake_timestamp(hs, timestamp, ktime_get_real_ns());
	peer->handshake_epoch = wg_session_epoch();
	made = wg_handshake_create_initiation(hs, &device->identity, timestamp, msg);
	if (made) {
		atomic64_set(&peer->sent_handshake_ns, ktime_get_coarse_boottime_ns());
		WRITE_ONCE(peer->endpoint_changed, false);
	} else {
		wg_index_remove(&device->indices, &hs->index);
	}
out:
	mutex_unlock(&peer->handshake_lock);
	up_read(&device->identity_lock);
	return made;
}

/*
 * Called before any lock is taken. Returns false and counts a drop if the random number
 * generator is not seeded; on small boards and old kernels seeding takes minutes after boot.
 * Waiting here would block the configuration of the interface, which holds RTNL while it waits
 * for the work item.
 */
static bool wg_have_random(struct wg_device *device)
{
	if (likely(rng_is_initialized()))
		return true;
	wg_count(device, WG_DROP_HANDSHAKE_NO_RANDOM);
	net_dbg_ratelimited("%s: no handshake, the random number generator is not seeded yet\n",
			    device->dev->name);
	return false;
}

static void wg_initiate(struct wg_peer *peer)
{
	struct wg_msg_initiation msg;
	u64 retry_ns;

	if (!wg_have_random(peer->device)) {
		/* The timer tries again, as if the message had been lost. */
		wg_timers_event(&peer->timers, WG_EVENT_SENT_INITIATION);
		return;
	}
	if (!wg_make_initiation(peer, &msg, &retry_ns)) {
		/*
		 * Keep the retransmit timer armed: a series of attempts must reach
		 * wg_on_give_up(), and staged packets need such a series.
		 */
		if (retry_ns)
			wg_timers_retransmit_in(&peer->timers,
						usecs_to_jiffies(div_u64(retry_ns, 1000) + 1));
		else if (READ_ONCE(peer->timers.attempts) || wg_peer_has_staged(peer))
			wg_timers_event(&peer->timers, WG_EVENT_SENT_INITIATION);
		return;
	}
	net_dbg_ratelimited("%s: peer %llu (%pISpfsc): initiation made\n",
			    peer->device->dev->name, peer->id, wg_peer_addr(peer));
	wg_cookie_stamp(&peer->cookie, &msg, sizeof(msg), ktime_get_coarse_boottime_ns());
	/* Before sending: handling the response ends the attempts. */
	wg_timers_event(&peer->timers, WG_EVENT_SENT_INITIATION);
	wg_send_handshake(peer, &msg, sizeof(msg));
}

void wg_handshake_io_work(struct work_struct *work)
{
	struct wg_peer *peer = container_of(work, struct wg_peer, work);

	if (test_and_clear_bit(WG_WORK_FORGET_KEYS, &peer->work_flags) &&
	    wg_peer_forget_old_keys(peer))
		pr_debug("%s: peer %llu (%pISpfsc): session keys erased, no new session for %u s\n",
			 peer->device->dev->name, peer->id, wg_peer_addr(peer),
			 3 * WG_REJECT_AFTER_TIME);
	if (test_and_clear_bit(WG_WORK_INITIATE, &peer->work_flags))
		wg_initiate(peer);
}

static void wg_on_retransmit(struct wg_timers *timers, unsigned int attempts)
{
	struct wg_peer *peer = wg_peer_of_timers(timers);

	if (!wg_peer_can_initiate(peer)) {
		wg_timers_event(timers, WG_EVENT_SENT_INITIATION);
		return;
	}
	pr_debug("%s: peer %llu (%pISpfsc): no response within %u s, attempt %u follows\n",
		 peer->device->dev->name, peer->id, wg_peer_addr(peer), WG_REKEY_TIMEOUT,
		 attempts + 1);
	/* The cached source address may be the cause. */
	wg_endpoint_forget_source(&peer->endpoint);
	wg_peer_queue_work(peer, WG_WORK_INITIATE);
}

static void wg_on_give_up(struct wg_timers *timers)
{
	struct wg_peer *peer = wg_peer_of_timers(timers);

	pr_debug("%s: peer %llu (%pISpfsc): no response to %u attempts, waiting packets dropped\n",
		 peer->device->dev->name, peer->id, wg_peer_addr(peer), WG_HANDSHAKE_ATTEMPTS);
	wg_peer_drop_staged(peer, WG_DROP_TX_NO_HANDSHAKE);
}

static void wg_on_keepalive(struct wg_timers *timers)
{
	wg_transmit_keepalive(wg_peer_of_timers(timers));
}

static void wg_on_new_handshake(struct wg_timers *timers)
{
	struct wg_peer *peer = wg_peer_of_timers(timers);

	pr_debug("%s: peer %llu (%pISpfsc): new handshake, nothing received in the %u s after a send\n",
		 peer->device->dev->name, peer->id, wg_peer_addr(peer),
		 WG_KEEPALIVE_TIMEOUT + WG_REKEY_TIMEOUT);
	wg_endpoint_forget_source(&peer->endpoint);
	wg_peer_want_session(peer);
}

static void wg_on_forget_keys(struct wg_timers *timers)
{
	wg_peer_queue_work(wg_peer_of_timers(timers), WG_WORK_FORGET_KEYS);
}

const struct wg_timer_ops wg_handshake_io_timer_ops = {
	.retransmit = wg_on_retransmit,
	.give_up = wg_on_give_up,
	.keepalive = wg_on_keepalive,
	.new_handshake = wg_on_new_handshake,
	.forget_keys = wg_on_forget_keys,
};

/*
 * Derives a session from a completed handshake and installs it. The caller has called
 * wg_may_handshake() in the same section of handshake_lock. If the peer is removed
 * meanwhile, it is marked dead first, and then wg_peer_forget_keys() takes the lock and ends
 * the session. Installing fails only if memory is short on kernels without
 * rhashtable_replace_fast().
 */
static enum wg_verdict wg_begin_session(struct wg_peer *peer)
{
	enum wg_verdict verdict = WG_NO_MEMORY;
	struct wg_session_keys keys;
	struct wg_keypair *keypair;

	lockdep_assert_held(&peer->handshake_lock);
	if (!wg_handshake_derive(&peer->handshake, &keys))
		return WG_NO_KEY;
	keypair = wg_keypair_new(&keys, peer->handshake_epoch, ktime_get_coarse_boottime_ns());
	memzero_explicit(&keys, sizeof(keys));
	if (unlikely(!keypair))
		goto err;
	verdict = WG_NOT_RUNNING;
	if (unlikely(!wg_keypairs_install(&peer->keypairs, keypair, &peer->handshake)))
		goto err_keypair;
	peer->session_ns = ktime_get_coarse_boottime_ns();
	WRITE_ONCE(peer->endpoint_changed, false);
	pr_debug("%s: peer %llu: keypair %llu installed\n", peer->device->dev->name, peer->id,
		 keypair->id);
	return WG_ACCEPTED;

err_keypair:
	wg_keypair_put(keypair);
err:
	wg_index_remove(&peer->device->indices, &peer->handshake.index);
	return verdict;
}

static enum wg_verdict wg_make_response(struct wg_peer *peer, struct wg_msg_response *msg)
{
	struct wg_device *device = peer->device;
	struct wg_handshake *hs = &peer->handshake;
	enum wg_verdict verdict;
	int ret;

	lockdep_assert_held(&peer->handshake_lock);
	ret = wg_index_insert(&device->indices, &hs->index, WG_INDEX_HANDSHAKE);
	if (ret) {
		verdict = ret == -ENOMEM ? WG_NO_MEMORY : WG_NO_INDEX;
		goto err;
	}
	peer->handshake_epoch = wg_session_epoch();
	verdict = wg_handshake_create_response(hs, msg) ? wg_begin_session(peer) : WG_NO_KEY;
	if (verdict == WG_ACCEPTED) {
		atomic64_set(&peer->sent_handshake_ns, ktime_get_coarse_boottime_ns());
		return verdict;
	}
	wg_index_remove(&device->indices, &hs->index);
err:
	wg_handshake_clear(hs);
	return verdict;
}

/*
 * Processes a decrypted initiation, under identity_lock. Return: a reference to the peer if
 * the initiation is authentic and the response is made; the caller may then use the source of
 * the initiation as the endpoint. Otherwise NULL, and @verdict is the reason.
 */
static struct wg_peer *wg_answer_initiation(struct wg_device *device,
					    const struct wg_decrypted_initiation *decrypted,
					    struct wg_msg_response *response,
					    enum wg_verdict *verdict)
{
	struct wg_peer *peer;

	*verdict = WG_INVALID;
	peer = wg_peer_by_key(device, decrypted->remote_static);
	if (!peer)
		return NULL;
	*verdict = WG_NOT_RUNNING;
	mutex_lock(&peer->handshake_lock);
	if (wg_may_handshake(peer))
		*verdict = wg_handshake_accept_initiation(&peer->handshake, decrypted,
							  ktime_get_coarse_boottime_ns());
	if (*verdict == WG_ACCEPTED)
		*verdict = wg_make_response(peer, response);
	mutex_unlock(&peer->handshake_lock);
	if (*verdict == WG_ACCEPTED)
		return peer;
	wg_peer_put(peer);
	return NULL;
}

static void wg_got_authenticated(struct wg_peer *peer, const struct sk_buff *skb)
{
	atomic64_add(skb->len, &peer->rx_bytes);
	local_bh_disable();
	dev_sw_netstats_rx_add(peer->device->dev, skb->len);
	local_bh_enable();
	wg_timers_event(&peer->timers, WG_EVENT_GOT_AUTHENTICATED);
}

static enum wg_verdict wg_got_initiation(struct wg_device *device, const struct sk_buff *skb,
					 const struct wg_path *from)
{
	struct wg_decrypted_initiation decrypted;
	struct wg_msg_response response;
	struct wg_peer *peer = NULL;
	enum wg_verdict verdict;

	down_read(&device->identity_lock);
	verdict = wg_handshake_decrypt_initiation(&decrypted, &device->identity,
						  (const void *)skb->data);
	if (verdict == WG_ACCEPTED) {
		peer = wg_answer_initiation(device, &decrypted, &response, &verdict);
		memzero_explicit(&decrypted, sizeof(decrypted));
	}
	up_read(&device->identity_lock);
	if (!peer)
		return verdict;

	net_dbg_ratelimited("%s: peer %llu (%pISpfsc): initiation accepted, response made\n",
			    device->dev->name, peer->id, &from->remote.any);
	wg_endpoint_set(&peer->endpoint, from);
	wg_got_authenticated(peer, skb);
	wg_timers_event(&peer->timers, WG_EVENT_NEW_SESSION);
	wg_cookie_stamp(&peer->cookie, &response, sizeof(response), ktime_get_coarse_boottime_ns());
	wg_send_handshake(peer, &response, sizeof(response));
	wg_peer_put(peer);
	return WG_ACCEPTED;
}

static enum wg_verdict wg_got_response(struct wg_device *device, const struct sk_buff *skb,
				       const struct wg_path *from)
{
	const struct wg_msg_response *msg = (const void *)skb->data;
	enum wg_verdict verdict = WG_NOT_RUNNING;
	struct wg_peer *peer;

	peer = wg_peer_by_index(device, msg->receiver, WG_INDEX_HANDSHAKE);
	if (!peer)
		return WG_INVALID;
	down_read(&device->identity_lock);
	mutex_lock(&peer->handshake_lock);
	if (wg_may_handshake(peer))
		verdict = wg_handshake_consume_response(&peer->handshake, &device->identity, msg);
	if (verdict == WG_ACCEPTED)
		verdict = wg_begin_session(peer);
	mutex_unlock(&peer->handshake_lock);
	up_read(&device->identity_lock);

	if (verdict == WG_ACCEPTED) {
		net_dbg_ratelimited("%s: peer %llu (%pISpfsc): response accepted\n",
				    device->dev->name, peer->id, &from->remote.any);
		wg_endpoint_set(&peer->endpoint, from);
		wg_got_authenticated(peer, skb);
		wg_timers_event(&peer->timers, WG_EVENT_NEW_SESSION);
		wg_peer_session_confirmed(peer);
		/* The responder must not send in the session before it receives a message in it. */
		wg_transmit_keepalive(peer);
	}
	wg_peer_put(peer);
	return verdict;
}

static bool wg_got_cookie(struct wg_device *device, const struct sk_buff *skb,
			  const struct wg_path *from)
{
	const struct wg_msg_cookie *msg = (const void *)skb->data;
	struct wg_peer *peer;
	bool good;

	peer = wg_peer_by_index(device, msg->receiver, WG_INDEX_HANDSHAKE | WG_INDEX_KEYPAIR);
	if (!peer)
		return false;
	good = wg_cookie_take_reply(&peer->cookie, msg, ktime_get_coarse_boottime_ns());
	if (good)
		net_dbg_ratelimited("%s: peer %llu: cookie reply from %pISpfsc accepted\n",
				    device->dev->name, peer->id, &from->remote.any);
	else
		net_dbg_ratelimited("%s: cookie reply from %pISpfsc dropped, it is not authentic or answers an older message\n",
				    device->dev->name, &from->remote.any);
	wg_peer_put(peer);
	return good;
}

static bool wg_under_load(struct wg_device *device, u64 now_ns)
{
	u64 loaded_ns;

	if (READ_ONCE(device->handshakes.length) >= WG_MAX_QUEUED_HANDSHAKES / 8) {
		atomic64_set(&device->loaded_ns, now_ns);
		return true;
	}
	loaded_ns = atomic64_read(&device->loaded_ns);
	/* Signed: another CPU may have stored a later time than now_ns. */
	return loaded_ns && (s64)(now_ns - loaded_ns) < (s64)WG_LOAD_LINGERS_NS;
}

static void wg_ask_for_cookie(struct wg_device *device, const struct sk_buff *skb,
			      const struct wg_cookie_source *source, u64 now_ns)
{
	/* Initiation and response have the sender index at the same offset. */
	__le32 sender = ((const struct wg_msg_initiation *)skb->data)->sender;
	struct wg_msg_cookie reply;

	BUILD_BUG_ON(offsetof(struct wg_msg_initiation, sender) !=
		     offsetof(struct wg_msg_response, sender));
	if (wg_cookie_make_reply(&device->checker, &reply, skb->data, skb->len, sender, source,
				 now_ns))
		wg_sockets_reply(&device->sockets, skb, &reply, sizeof(reply));
}

/*
 * Whether to process an initiation or a response. If not, counts the drop, and answers with a
 * cookie reply if that is the reason.
 */
static bool wg_admit_handshake(struct wg_device *device, const struct sk_buff *skb,
			       const struct wg_path *from)
{
	u64 now_ns = ktime_get_coarse_boottime_ns();
	bool loaded = wg_under_load(device, now_ns), allowed;
	struct wg_cookie_source source;
	const void *addr;

	wg_path_to_cookie_source(from, &source);
	switch (wg_cookie_check(&device->checker, skb->data, skb->len, &source, now_ns)) {
	case WG_MAC_WITH_COOKIE:
		if (!loaded)
			return true;
		addr = from->remote.any.sa_family == AF_INET ?
		       (const void *)&from->remote.v4.sin_addr :
		       (const void *)&from->remote.v6.sin6_addr;
		allowed = wg_ratelimit_allow(device->ratelimit,
					     rcu_access_pointer(device->sockets.creating_net),
					     from->remote.any.sa_family, addr, now_ns);
		if (!allowed) {
			wg_count(device, WG_DROP_HANDSHAKE_RATE_LIMITED);
			net_dbg_ratelimited("%s: handshake message from %pISpfsc dropped, its address sends too many\n",
					    device->dev->name, &from->remote.any);
		}
		return allowed;
	case WG_MAC_RIGHT:
		if (!loaded)
			return true;
		wg_count(device, WG_DROP_HANDSHAKE_COOKIE_ASKED);
		net_dbg_ratelimited("%s: handshake message from %pISpfsc answered by a cookie reply, the device is under load\n",
				    device->dev->name, &from->remote.any);
		wg_ask_for_cookie(device, skb, &source, now_ns);
		return false;
	case WG_MAC_WRONG:
	default:
		wg_count(device, WG_DROP_HANDSHAKE_WRONG_MAC);
		net_dbg_ratelimited("%s: handshake message from %pISpfsc dropped, its mac1 is wrong\n",
				    device->dev->name, &from->remote.any);
		return false;
	}
}

static void wg_handshake_io_message(struct wg_device *device, const struct sk_buff *skb)
{
	static const char *const why[] = {
		[WG_INVALID] = "unknown peer or handshake, or not authentic",
		[WG_REPLAYED] = "timestamp is not newer than the last one",
		[WG_TOO_SOON] = "too soon after the last one",
		[WG_NO_KEY] = "no usable key",
		[WG_NO_MEMORY] = "no memory",
		[WG_NO_INDEX] = "no free index",
		[WG_NOT_RUNNING] =
			"peer is being removed, interface is down, or system is suspending",
	};
	u32 type = le32_to_cpu(((const struct wg_msg_header *)skb->data)->type);
	enum wg_verdict verdict;
	struct wg_path from;

	if (unlikely(!wg_have_random(device)))
		return;
	if (wg_path_from_skb(&from, skb)) {
		wg_count(device, WG_DROP_RX_MALFORMED);
		return;
	}
	if (type == WG_MSG_COOKIE) {
		if (!wg_got_cookie(device, skb, &from))
			wg_count(device, WG_DROP_HANDSHAKE_BAD_COOKIE);
		return;
	}
	if (!wg_admit_handshake(device, skb, &from))
		return;
	if (type == WG_MSG_INITIATION)
		verdict = wg_got_initiation(device, skb, &from);
	else
		verdict = wg_got_response(device, skb, &from);
	if (verdict != WG_ACCEPTED) {
		wg_count(device, verdict == WG_NO_MEMORY ? WG_DROP_HANDSHAKE_NO_MEMORY :
							   WG_DROP_HANDSHAKE_REJECTED);
		net_dbg_ratelimited("%s: %s from %pISpfsc dropped: %s\n",
				    device->dev->name,
				    type == WG_MSG_INITIATION ? "initiation" : "response",
				    &from.remote.any, why[verdict]);
	}
}

void wg_handshake_io_process(struct wg_batch *batch)
{
	struct sk_buff *skb;

	while ((skb = __skb_dequeue(&batch->packets))) {
		wg_handshake_io_message(netdev_priv(skb->dev), skb);
		consume_skb(skb);
	}
	wg_peer_end_batch(batch);
}
