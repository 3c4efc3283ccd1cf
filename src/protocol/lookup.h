/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Two hash tables that grow and shrink with their content: peers by public key,
 * and handshakes and keypairs by the 32-bit index that we chose for them. Both
 * hold nodes embedded in objects that this file does not know.
 *
 * Lifetimes. A table never owns a node. Its owner takes it out of the table and
 * frees it no sooner than an RCU grace period later, since lookups hold no lock.
 * A node may be put back into a table at once, without a grace period. A lookup
 * can return a node that is being removed: take a reference that can fail, or
 * check under the object's own lock, before relying on it.
 */
#ifndef WG_LOOKUP_H
#define WG_LOOKUP_H

#include <linux/rhashtable.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "messages.h"

struct wg_peer_node {
	struct rhash_head hash;
	u8 public_key[WG_KEY_LEN];	/* not changed while in the table */
};

struct wg_peer_table {
	struct rhashtable ht;
};

/*
 * Process context. init: 0 or -ENOMEM. destroy frees the table, not the nodes in
 * it, and may sleep; no lookup may be under way or begin.
 */
int wg_peer_table_init(struct wg_peer_table *table);
void wg_peer_table_destroy(struct wg_peer_table *table);

/*
 * Process context or softirq; callers serialise insert and remove of one node.
 * Insert returns 0; -EEXIST when the key is taken; -ENOMEM when the table had to
 * grow and could not; -EBUSY when a chain is overlong while the table is being
 * rebuilt (passing; trying again later is reasonable); -E2BIG at the table's
 * limit of 2^31 entries. Remove ignores a node that is not in the table.
 */
int wg_peer_table_insert(struct wg_peer_table *table, struct wg_peer_node *node);
void wg_peer_table_remove(struct wg_peer_table *table, struct wg_peer_node *node);

/* Under rcu_read_lock(); public_key may be unaligned. NULL when absent. */
struct wg_peer_node *wg_peer_table_lookup(struct wg_peer_table *table,
					  const u8 public_key[WG_KEY_LEN]);

enum wg_index_kind {
	WG_INDEX_HANDSHAKE = 1 << 0,
	WG_INDEX_KEYPAIR = 1 << 1,
};

/* Zero it before its first use. All fields are written under table->lock. */
struct wg_index_node {
	struct rhash_head hash;
	__le32 index;	/* never 0 while in the table; stays when replaced or removed */
	u8 kind;	/* enum wg_index_kind */
	bool hashed;	/* in the table, as far as writers are concerned */
};

struct wg_index_table {
	struct rhashtable ht;
	spinlock_t lock;	/* all writers, with softirqs off */
};

/* As for the peer table. */
int wg_index_table_init(struct wg_index_table *table);
void wg_index_table_destroy(struct wg_index_table *table);

/*
 * Process context or softirq; any of these may race with any other, also on the
 * same nodes.
 *
 * insert: puts the node under a random unused index other than 0; a node that is
 * in the table already leaves its old index for a new one. 0, or -ENOMEM,
 * -EBUSY, -E2BIG as for the peer table, and then the node is not in the table.
 *
 * replace: new takes over old's index at one instant: a lookup finds the one or
 * the other. old leaves the table. False, and nothing is changed, when old is not
 * in the table (any longer) or new already is.
 *
 * remove: a node that is not in the table is left alone. After it returns no
 * replace can succeed with this node as old.
 */
int wg_index_insert(struct wg_index_table *table, struct wg_index_node *node,
		    enum wg_index_kind kind);
bool wg_index_replace(struct wg_index_table *table, struct wg_index_node *old,
		      struct wg_index_node *new, enum wg_index_kind kind);
void wg_index_remove(struct wg_index_table *table, struct wg_index_node *node);

/* Under rcu_read_lock(), without locks. kinds: one or more, or-ed together. */
struct wg_index_node *wg_index_lookup(struct wg_index_table *table, __le32 index,
				      unsigned int kinds);

#endif /* WG_LOOKUP_H */
