// SPDX-License-Identifier: GPL-2.0
/*
 * Peers by public key, and handshakes and keypairs by index: two thin layers
 * over the kernel's resizable hash table, which brings chains of about one entry
 * at any size, lookups without locks, and growing and shrinking in the
 * background. It does not know what its nodes are part of and frees none.
 */
#include "lookup.h"

#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/jhash.h>
#include <linux/lockdep.h>
#include <linux/random.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/stddef.h>
#include "wg_limits.h"

/*
 * jhash() by name: the default for keys of whole words reads them as words,
 * while a key that is looked up may lie anywhere. The seed is the table's own.
 */
static const struct rhashtable_params wg_peer_params = {
	.head_offset = offsetof(struct wg_peer_node, hash),
	.key_offset = offsetof(struct wg_peer_node, public_key),
	.key_len = WG_KEY_LEN,
	.hashfn = jhash,
	.automatic_shrinking = true,
};

static const struct rhashtable_params wg_index_params = {
	.head_offset = offsetof(struct wg_index_node, hash),
	.key_offset = offsetof(struct wg_index_node, index),
	.key_len = sizeof(__le32),
	.automatic_shrinking = true,
};

int wg_peer_table_init(struct wg_peer_table *table)
{
	return rhashtable_init(&table->ht, &wg_peer_params);
}

void wg_peer_table_destroy(struct wg_peer_table *table)
{
	rhashtable_destroy(&table->ht);
}

int wg_peer_table_insert(struct wg_peer_table *table, struct wg_peer_node *node)
{
	return rhashtable_lookup_insert_fast(&table->ht, &node->hash,
					     wg_peer_params);
}

void wg_peer_table_remove(struct wg_peer_table *table, struct wg_peer_node *node)
{
	/* Goes by the node's address, so -ENOENT is all that can go wrong. */
	rhashtable_remove_fast(&table->ht, &node->hash, wg_peer_params);
}

struct wg_peer_node *wg_peer_table_lookup(struct wg_peer_table *table,
					  const u8 public_key[WG_KEY_LEN])
{
	return rhashtable_lookup(&table->ht, public_key, wg_peer_params);
}

int wg_index_table_init(struct wg_index_table *table)
{
	spin_lock_init(&table->lock);
	return rhashtable_init(&table->ht, &wg_index_params);
}

void wg_index_table_destroy(struct wg_index_table *table)
{
	rhashtable_destroy(&table->ht);
}

static void wg_index_unhash(struct wg_index_table *table,
			    struct wg_index_node *node)
{
	lockdep_assert_held(&table->lock);
	if (!node->hashed)
		return;
	rhashtable_remove_fast(&table->ht, &node->hash, wg_index_params);
	node->hashed = false;
}

/*
 * The table's lock makes each of the three writers below one step to the others:
 * of a remove and a replace of one node, the first to get the lock finds
 * node->hashed set and clears it, the second finds it clear and does nothing.
 * A handshake that is given up while its keypair is being installed therefore
 * ends with the index either gone or the keypair's, never with both or neither.
 */
int wg_index_insert(struct wg_index_table *table, struct wg_index_node *node,
		    enum wg_index_kind kind)
{
	unsigned int draws;
	int err = -EBUSY;

	spin_lock_bh(&table->lock);
	wg_index_unhash(table, node);
	/*
	 * A lookup may still stand on the node and compare its index while that
	 * changes: it then finds the node a moment early or not at all, either
	 * of which it might have done anyhow. If it goes on into the chain where
	 * the node is now, it sees at the end that the chain is not its own and
	 * starts again. Before 5.0 it does not see that, and may miss another node:
	 * one datagram is lost.
	 */
	node->kind = kind;
	for (draws = 0; draws < WG_INDEX_DRAWS; draws++) {
		WRITE_ONCE(node->index, (__force __le32)(get_random_u32() % WG_INDICES));
		if (!node->index)
			continue;
		err = rhashtable_lookup_insert_fast(&table->ht, &node->hash,
						    wg_index_params);
		/* -EBUSY is about one chain; another index is in another. */
		if (err != -EEXIST && err != -EBUSY)
			break;
	}
	node->hashed = !err;
	spin_unlock_bh(&table->lock);
	return err == -EEXIST ? -EBUSY : err;
}

bool wg_index_replace(struct wg_index_table *table, struct wg_index_node *old,
		      struct wg_index_node *new, enum wg_index_kind kind)
{
	bool replaced = false;

	spin_lock_bh(&table->lock);
	if (old->hashed && !new->hashed) {
		WRITE_ONCE(new->index, old->index);
		new->kind = kind;
		replaced = !rhashtable_replace_fast(&table->ht, &old->hash,
						    &new->hash, wg_index_params);
		if (replaced) {
			old->hashed = false;
			new->hashed = true;
		}
	}
	spin_unlock_bh(&table->lock);
	return replaced;
}

void wg_index_remove(struct wg_index_table *table, struct wg_index_node *node)
{
	spin_lock_bh(&table->lock);
	wg_index_unhash(table, node);
	spin_unlock_bh(&table->lock);
}

struct wg_index_node *wg_index_lookup(struct wg_index_table *table, __le32 index,
				      unsigned int kinds)
{
	struct wg_index_node *node;

	node = rhashtable_lookup(&table->ht, &index, wg_index_params);
	return node && READ_ONCE(node->kind) & kinds ? node : NULL;
}
