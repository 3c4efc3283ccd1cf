/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sessions: the keypairs that handshakes produce, their counters, and the three
 * slots in which a peer keeps them.
 *
 * A keypair is found under RCU, through the slots of its peer or through its index
 * in the lookup table. Both give a pointer without a reference; wg_keypair_get()
 * takes one unless the last reference has been dropped.
 */
#ifndef WG_SESSION_H
#define WG_SESSION_H

#include <linux/atomic.h>
#include <linux/kref.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>
#include "handshake.h"
#include "lookup.h"
#include "messages.h"
#include "wg_limits.h"

/*
 * RFC 6479 window. Calls of wg_replay_check() must not run concurrently; the NAPI
 * instance of the peer serialises them. Other contexts read @next with READ_ONCE().
 */
struct wg_replay {
	/* One more than the greatest counter accepted; 0 at first. */
	u64 next;
	unsigned long seen[WG_REPLAY_BITS / BITS_PER_LONG];
};

struct wg_keypairs;

struct wg_keypair {
	struct wg_index_node index;
	/* Valid under RCU while the keypair is in a slot or in the table: see peer.c. */
	struct wg_keypairs *slots;
	atomic64_t next_nonce;
	u64 born_ns;
	u64 id;
	__le32 remote_index;
	bool initiator;
	/* See wg_session_retire_all(). */
	int epoch;
	/* Cleared by wg_keypair_retire_sending(); never set again. */
	bool sendable;
	u8 sending[WG_KEY_LEN];
	u8 receiving[WG_KEY_LEN];
	struct kref refs;
	struct rcu_head rcu;
	struct wg_replay replay;
};

struct wg_keypairs {
	/* Serialises writers of the slots. Softirq-safe. */
	spinlock_t lock;
	struct wg_keypair __rcu *previous;
	struct wg_keypair __rcu *current_key;
	struct wg_keypair __rcu *next;
	struct wg_index_table *indices;
	/* Called for each keypair that leaves the slots for good; for logs. Any context. */
	void (*dropped)(const struct wg_keypairs *slots, u64 keypair_id);
};

/* session.c, module */
int wg_session_module_init(void);
void wg_session_module_exit(void);

/* session.c, keypairs */
struct wg_keypair *wg_keypair_new(const struct wg_session_keys *keys, u64 now_ns);
struct wg_keypair *wg_keypair_get(struct wg_keypair *keypair);
void wg_keypair_put(struct wg_keypair *keypair);
void wg_keypair_retire_sending(struct wg_keypair *keypair);
void wg_session_retire_all(void);
bool wg_keypair_can_send(const struct wg_keypair *keypair, u64 now_ns);
bool wg_keypair_can_receive(const struct wg_keypair *keypair, u64 now_ns);
bool wg_keypair_take_nonces(struct wg_keypair *keypair, unsigned int count, u64 *first);
bool wg_keypair_wants_rekey_to_send(const struct wg_keypair *keypair, u64 now_ns);
bool wg_keypair_wants_rekey_on_receive(const struct wg_keypair *keypair, u64 now_ns);

/* session.c, the three slots */
void wg_keypairs_init(struct wg_keypairs *slots, struct wg_index_table *indices,
		      void (*dropped)(const struct wg_keypairs *slots, u64 keypair_id));
bool wg_keypairs_install(struct wg_keypairs *slots, struct wg_keypair *keypair,
			 struct wg_handshake *hs);
bool wg_keypairs_confirm(struct wg_keypairs *slots, struct wg_keypair *keypair);
void wg_keypairs_clear(struct wg_keypairs *slots);
void wg_keypairs_retire(struct wg_keypairs *slots);

/* session.c, replay */
bool wg_replay_check(struct wg_replay *replay, u64 counter);

#endif
