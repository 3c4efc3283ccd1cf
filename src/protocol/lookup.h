/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Two hash tables that grow and shrink with their content: peers by public key,
 * and handshakes and keypairs by the 32-bit index that this host chose for
 * them. The nodes are embedded in objects of the callers.
 *
 * Lifetimes. A table does not own its nodes. The owner of a node removes it
 * from the table and waits for an RCU grace period before freeing it, because
 * lookups hold no lock. A node may be inserted again without a grace period. A
 * lookup can return a node that is being removed: before you rely on it, take a
 * reference with a function that can fail, or check under the lock of the
 * object.
 */
#ifndef WG_LOOKUP_H
#define WG_LOOKUP_H

#include <linux/rhashtable.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "messages.h"

struct wg_peer_node {
	struct rhash_head hash;
	u8 public_key[WG_KEY_LEN];	/* constant while in the table */
};

struct wg_peer_table {
	struct rhashtable ht;
};

/* Process context. Return: 0 or -ENOMEM. */
int wg_peer_table_init(struct wg_peer_table *table);
/* Frees the table, not its nodes. Process context; may sleep. No lookup may run concurrently. */
void wg_peer_table_destroy(struct wg_peer_table *table);

/*
 * Process context or softirq. Callers serialise the insertion and the removal of
 * one node. Return: 0; -EEXIST if the key is in the table; -ENOMEM if the table
 * cannot grow; -EBUSY if a chain is too long while the table is being rebuilt
 * (temporary, the caller may try again later); -E2BIG at the limit of 2^31
 * entries.
 */
int wg_peer_table_insert(struct wg_peer_table *table, struct wg_peer_node *node);
/* Ignores a node that is not in the table. Context as for the insertion. */
void wg_peer_table_remove(struct wg_peer_table *table, struct wg_peer_node *node);

/*
 * Under rcu_read_lock(). @public_key may be unaligned. Return: the node, or NULL
 * if no peer has that key.
 */
struct wg_peer_node *wg_peer_table_lookup(struct wg_peer_table *table,
					  const u8 public_key[WG_KEY_LEN]);

enum wg_index_kind {
	WG_INDEX_HANDSHAKE = 1 << 0,
	WG_INDEX_KEYPAIR = 1 << 1,
};

/* Zero it before its first use. All fields are written under table->lock. */
struct wg_index_node {
	struct rhash_head hash;
	__le32 index;	/* not 0 while in the table; unchanged when replaced or removed */
	u8 kind;	/* enum wg_index_kind */
	bool hashed;	/* in the table; for writers only */
};

struct wg_index_table {
	struct rhashtable ht;
	spinlock_t lock;	/* all writers, with softirqs off */
};

/* The same rules as for the peer table. */
int wg_index_table_init(struct wg_index_table *table);
void wg_index_table_destroy(struct wg_index_table *table);

/*
 * Process context or softirq. The three writers may run concurrently, also on
 * the same nodes.
 */

/*
 * Inserts @node under a random unused index other than 0. A node that is in the
 * table gets a new index. Return: 0, or -ENOMEM, -EBUSY, -E2BIG as for the peer
 * table; after an error @node is not in the table.
 */
int wg_index_insert(struct wg_index_table *table, struct wg_index_node *node,
		    enum wg_index_kind kind);

/*
 * @new takes over the index of @old atomically, so that a lookup finds one of the
 * two. @old is removed from the table. Return: false, without a change, if @old is
 * not in the table, if @new is, or if there is no memory for @new.
 */
bool wg_index_replace(struct wg_index_table *table, struct wg_index_node *old,
		      struct wg_index_node *new, enum wg_index_kind kind);

/*
 * Ignores a node that is not in the table. After it returns, no replace can
 * succeed with this node as old.
 */
void wg_index_remove(struct wg_index_table *table, struct wg_index_node *node);

/*
 * Under rcu_read_lock(), without locks. @kinds: bits of enum wg_index_kind.
 * Return: the node with that index, or NULL if there is none of these kinds.
 */
struct wg_index_node *wg_index_lookup(struct wg_index_table *table, __le32 index,
				      unsigned int kinds);

#endif /* WG_LOOKUP_H */
