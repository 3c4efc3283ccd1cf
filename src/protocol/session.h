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
	u64 created_ns;
	u64 id;
	__le32 remote_index;
	bool initiator;
	/* See wg_session_epoch(). */
	int epoch;
	/* Cleared when the keypair is retired; never set again. */
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

/*
 * init creates the slab cache: 0 or -ENOMEM. exit is called after the last wg_keypair_put() and
 * waits for grace periods.
 */
int wg_session_module_init(void);
void wg_session_module_exit(void);

/* session.c, keypairs */

/*
 * Allocates a keypair, in no slot and no table yet. Process context. Return: one reference, which
 * wg_keypairs_install() takes over, or NULL without memory.
 * @epoch: from wg_session_epoch(), before our ephemeral key was generated
 * @now_ns: boot time
 */
struct wg_keypair *wg_keypair_new(const struct wg_session_keys *keys, int epoch, u64 now_ns);

/* Takes a reference. Under RCU. Return: NULL if @keypair is NULL or has no reference left. */
struct wg_keypair *wg_keypair_get(struct wg_keypair *keypair);

/* Drops a reference. Any context. NULL is allowed. */
void wg_keypair_put(struct wg_keypair *keypair);

/*
 * Stops sending under all keypairs that exist, and under later ones whose ephemeral key was
 * generated before this call. All of them still receive. Any context. Takes no lock, so that
 * nothing delays it.
 */
void wg_session_retire_all(void);

/* A number that wg_session_retire_all() changes. Any context. */
int wg_session_epoch(void);

/* Whether the keypair is young enough and not retired. */
bool wg_keypair_can_send(const struct wg_keypair *keypair, u64 now_ns);

/* Whether the keypair is young enough and its counter not exhausted. */
bool wg_keypair_can_receive(const struct wg_keypair *keypair, u64 now_ns);

/*
 * Claims a run of counters, one for each message: @first .. @first + @count - 1. Any context,
 * any number of CPUs. Return: false if the run reaches the reserve at the end of the counter, or
 * if the keypair is retired. It is retired afterwards in both cases.
 */
bool wg_keypair_take_nonces(struct wg_keypair *keypair, unsigned int count, u64 *first);

/* Whether a handshake must begin, after a message was sent under the keypair. */
bool wg_keypair_wants_rekey_to_send(const struct wg_keypair *keypair, u64 now_ns);

/*
 * Whether a handshake must begin, after a message was received under the keypair. True early enough
 * for the new keypair to exist while answers can still be sent under the old one.
 */
bool wg_keypair_wants_rekey_on_receive(const struct wg_keypair *keypair, u64 now_ns);

/* session.c, the three slots */

/* Initialises three empty slots. @indices is the table of their indices. */
void wg_keypairs_init(struct wg_keypairs *slots, struct wg_index_table *indices,
		      void (*dropped)(const struct wg_keypairs *slots, u64 keypair_id));

/*
 * Puts a new keypair into the slot for its role. The slots take over the caller's reference if
 * true is returned. The index of @hs, the handshake that made it, becomes the keypair's. Process
 * context, under the lock of @hs. Return: false if the index of @hs is not in the table, or if
 * the table has no memory for the replacement.
 */
bool wg_keypairs_install(struct wg_keypairs *slots, struct wg_keypair *keypair,
			 struct wg_handshake *hs);

/*
 * Called when data arrived under @keypair. Softirq or process context; cheap if @keypair is not
 * in "next". Return: true if this call made it the current one, which happens once.
 */
bool wg_keypairs_confirm(struct wg_keypairs *slots, struct wg_keypair *keypair);

/* Ends all sessions. Any context but hard interrupts. */
void wg_keypairs_clear(struct wg_keypairs *slots);

/*
 * Stops sending under the keypairs of these slots; they still receive. Packets that already have
 * a nonce are still sent. Called after the private key has changed or the VM was forked.
 */
void wg_keypairs_retire(struct wg_keypairs *slots);

/*
 * session.c, replay. Accepts each counter once, and none below the window. @counter: of a
 * message that authenticated. Return: true the first time for each counter within the window.
 */
bool wg_replay_check(struct wg_replay *replay, u64 counter);

#endif
