// SPDX-License-Identifier: GPL-2.0
/*
 * Keypairs, their counters and replay windows, and the three slots of a peer.
 *
 * Lifetime of a keypair. The slot that holds it owns one reference, and each batch
 * in flight owns one. wg_keypairs_drop() ends a keypair that has left its slot: under
 * the lock of the slots it removes the index from the table and then drops the slot's
 * reference. The last put frees the keypair after a grace period, because RCU readers
 * may still see it; wg_keypair_get() returns NULL to them.
 */
#include "session.h"

#include <linux/bug.h>
#include <linux/kernel.h>
#include <linux/lockdep.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "wg_limits.h"

static struct kmem_cache *wg_keypair_cache;
static atomic64_t wg_keypair_ids = ATOMIC64_INIT(0);
/* Keypairs of an earlier epoch no longer send. */
static atomic_t wg_keypair_epoch = ATOMIC_INIT(0);

int __init wg_session_module_init(void)
{
	wg_keypair_cache = kmem_cache_create("wg_keypair", sizeof(struct wg_keypair), 0, 0, NULL);
	return wg_keypair_cache ? 0 : -ENOMEM;
}

void wg_session_module_exit(void)
{
	rcu_barrier();
	kmem_cache_destroy(wg_keypair_cache);
}

struct wg_keypair *wg_keypair_new(const struct wg_session_keys *keys, int epoch, u64 now_ns)
{
	struct wg_keypair *keypair = kmem_cache_zalloc(wg_keypair_cache, GFP_KERNEL);

	if (!keypair)
		return NULL;
	memcpy(keypair->sending, keys->sending, WG_KEY_LEN);
	memcpy(keypair->receiving, keys->receiving, WG_KEY_LEN);
	keypair->remote_index = keys->remote_index;
	keypair->initiator = keys->initiator;
	keypair->sendable = true;
	keypair->created_ns = now_ns;
	keypair->epoch = epoch;
	keypair->id = atomic64_inc_return(&wg_keypair_ids);
	kref_init(&keypair->refs);
	return keypair;
}

static void wg_keypair_free(struct rcu_head *rcu)
{
	struct wg_keypair *keypair = container_of(rcu, struct wg_keypair, rcu);

	memzero_explicit(keypair, sizeof(*keypair));
	kmem_cache_free(wg_keypair_cache, keypair);
}

static void wg_keypair_release(struct kref *refs)
{
	struct wg_keypair *keypair = container_of(refs, struct wg_keypair, refs);

	call_rcu(&keypair->rcu, wg_keypair_free);
}

struct wg_keypair *wg_keypair_get(struct wg_keypair *keypair)
{
	return keypair && kref_get_unless_zero(&keypair->refs) ? keypair : NULL;
}

void wg_keypair_put(struct wg_keypair *keypair)
{
	if (keypair)
		kref_put(&keypair->refs, wg_keypair_release);
}

/* A CPU that found the keypair sendable before gets no nonces from wg_keypair_take_nonces(). */
static void wg_keypair_retire(struct wg_keypair *keypair)
{
	WRITE_ONCE(keypair->sendable, false);
	/* Pairs with the atomic operation of wg_keypair_take_nonces(). */
	smp_wmb();
	atomic64_set(&keypair->next_nonce, WG_REJECT_AFTER_MESSAGES);
}

void wg_session_retire_all(void)
{
	atomic_inc(&wg_keypair_epoch);
}

int wg_session_epoch(void)
{
	return atomic_read(&wg_keypair_epoch);
}

static bool wg_keypair_older(const struct wg_keypair *keypair, u64 now_ns, u64 seconds)
{
	return now_ns - keypair->created_ns >= seconds * WG_SEC_NS;
}

bool wg_keypair_can_send(const struct wg_keypair *keypair, u64 now_ns)
{
	return READ_ONCE(keypair->sendable) && keypair->epoch == atomic_read(&wg_keypair_epoch) &&
	       !wg_keypair_older(keypair, now_ns, WG_REJECT_AFTER_TIME);
}

bool wg_keypair_can_receive(const struct wg_keypair *keypair, u64 now_ns)
{
	return !wg_keypair_older(keypair, now_ns, WG_REJECT_AFTER_TIME) &&
	       READ_ONCE(keypair->replay.next) < WG_REJECT_AFTER_MESSAGES;
}

bool wg_keypair_take_nonces(struct wg_keypair *keypair, unsigned int count, u64 *first)
{
	/*
	 * Fully ordered, and pairs with wg_keypair_retire(): a claim that starts from
	 * the value stored there also reads sendable == false, even if the addition wraps
	 * around to small numbers.
	 */
	u64 end = atomic64_add_return(count, &keypair->next_nonce);

	if (unlikely(end > WG_REJECT_AFTER_MESSAGES || end < count ||
		     !READ_ONCE(keypair->sendable) ||
		     keypair->epoch != atomic_read(&wg_keypair_epoch))) {
		/* Set the counter back, so that refused claims cannot make it wrap to zero. */
		wg_keypair_retire(keypair);
		return false;
	}
	*first = end - count;
	return true;
}

bool wg_keypair_wants_rekey_to_send(const struct wg_keypair *keypair, u64 now_ns)
{
	return (u64)atomic64_read(&keypair->next_nonce) > WG_REKEY_AFTER_MESSAGES ||
	       (keypair->initiator && wg_keypair_older(keypair, now_ns, WG_REKEY_AFTER_TIME));
}

bool wg_keypair_wants_rekey_on_receive(const struct wg_keypair *keypair, u64 now_ns)
{
	return keypair->initiator &&
	       wg_keypair_older(keypair, now_ns,
				WG_REJECT_AFTER_TIME - WG_KEEPALIVE_TIMEOUT - WG_REKEY_TIMEOUT);
}

void wg_keypairs_init(struct wg_keypairs *slots, struct wg_index_table *indices,
		      void (*dropped)(const struct wg_keypairs *slots, u64 keypair_id))
{
	memset(slots, 0, sizeof(*slots));
	spin_lock_init(&slots->lock);
	slots->indices = indices;
	slots->dropped = dropped;
}

static struct wg_keypair *wg_slot(const struct wg_keypairs *slots, struct wg_keypair __rcu *slot)
{
	return rcu_dereference_protected(slot, lockdep_is_held(&slots->lock));
}

/* Ends a keypair; the caller has already replaced it in its slot. */
static void wg_keypairs_drop(struct wg_keypairs *slots, struct wg_keypair *keypair)
{
	lockdep_assert_held(&slots->lock);
	if (!keypair)
		return;
	wg_index_remove(slots->indices, &keypair->index);
	slots->dropped(slots, keypair->id);
	wg_keypair_put(keypair);
}

/*
 * The initiator has proof that the responder has the key, and sends under it at once. The
 * responder has no proof before data arrives, so its new keypair waits in "next" (see
 * wg_keypairs_confirm()).
 *
 * The table has no memory for the replacement only on kernels without rhashtable_replace_fast().
 */
bool wg_keypairs_install(struct wg_keypairs *slots, struct wg_keypair *keypair,
			 struct wg_handshake *hs)
{
	struct wg_keypair *previous, *current_key, *next;

	spin_lock_bh(&slots->lock);
	keypair->slots = slots;
	if (!wg_index_replace(slots->indices, &hs->index, &keypair->index, WG_INDEX_KEYPAIR)) {
		spin_unlock_bh(&slots->lock);
		return false;
	}
	previous = wg_slot(slots, slots->previous);
	current_key = wg_slot(slots, slots->current_key);
	next = wg_slot(slots, slots->next);
	if (keypair->initiator) {
		/* An unconfirmed "next" is still newer than "current". */
		rcu_assign_pointer(slots->previous, next ?: current_key);
		rcu_assign_pointer(slots->current_key, keypair);
		RCU_INIT_POINTER(slots->next, NULL);
		if (next)
			wg_keypairs_drop(slots, current_key);
	} else {
		rcu_assign_pointer(slots->next, keypair);
		RCU_INIT_POINTER(slots->previous, NULL);
		wg_keypairs_drop(slots, next);
	}
	wg_keypairs_drop(slots, previous);
	spin_unlock_bh(&slots->lock);
	return true;
}

bool wg_keypairs_confirm(struct wg_keypairs *slots, struct wg_keypair *keypair)
{
	struct wg_keypair *previous;
	bool moved;

	if (likely(rcu_access_pointer(slots->next) != keypair))
		return false;

	spin_lock_bh(&slots->lock);
	moved = wg_slot(slots, slots->next) == keypair;
	if (moved) {
		previous = wg_slot(slots, slots->previous);
		rcu_assign_pointer(slots->previous, wg_slot(slots, slots->current_key));
		rcu_assign_pointer(slots->current_key, keypair);
		RCU_INIT_POINTER(slots->next, NULL);
		wg_keypairs_drop(slots, previous);
	}
	spin_unlock_bh(&slots->lock);
	return moved;
}

void wg_keypairs_clear(struct wg_keypairs *slots)
{
	struct wg_keypair *gone[3];
	unsigned int i;

	spin_lock_bh(&slots->lock);
	gone[0] = wg_slot(slots, slots->previous);
	gone[1] = wg_slot(slots, slots->current_key);
	gone[2] = wg_slot(slots, slots->next);
	RCU_INIT_POINTER(slots->previous, NULL);
	RCU_INIT_POINTER(slots->current_key, NULL);
	RCU_INIT_POINTER(slots->next, NULL);
	for (i = 0; i < ARRAY_SIZE(gone); i++)
		wg_keypairs_drop(slots, gone[i]);
	spin_unlock_bh(&slots->lock);
}

/* "previous" needs nothing: it never sends. */
void wg_keypairs_retire(struct wg_keypairs *slots)
{
	struct wg_keypair *keypair;

	spin_lock_bh(&slots->lock);
	keypair = wg_slot(slots, slots->current_key);
	if (keypair)
		wg_keypair_retire(keypair);
	keypair = wg_slot(slots, slots->next);
	if (keypair)
		wg_keypair_retire(keypair);
	spin_unlock_bh(&slots->lock);
}

/*
 * The bitmap is a ring of words, which needs no shifting (RFC 6479, section 2). The
 * newest word may hold one counter only, so the window is the other words and one bit.
 */
#define WG_REPLAY_WORDS (WG_REPLAY_BITS / BITS_PER_LONG)
#define WG_REPLAY_WINDOW (WG_REPLAY_BITS - BITS_PER_LONG + 1)

bool wg_replay_check(struct wg_replay *replay, u64 counter)
{
	u64 next = replay->next, word = counter / BITS_PER_LONG, last, i;
	unsigned long *slot = &replay->seen[word % WG_REPLAY_WORDS];
	unsigned long bit = 1UL << (counter % BITS_PER_LONG);

	if (unlikely(counter >= WG_REJECT_AFTER_MESSAGES))
		return false;

	if (likely(counter >= next)) {
		last = next ? (next - 1) / BITS_PER_LONG : 0;
		if (unlikely(word - last >= WG_REPLAY_WORDS)) {
			memset(replay->seen, 0, sizeof(replay->seen));
		} else {
			for (i = last + 1; i <= word; i++)
				replay->seen[i % WG_REPLAY_WORDS] = 0;
		}
		WRITE_ONCE(replay->next, counter + 1);
	} else if (counter + WG_REPLAY_WINDOW < next || *slot & bit) {
		return false;
	}
	*slot |= bit;
	return true;
}
