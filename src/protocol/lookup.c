// SPDX-License-Identifier: GPL-2.0
/*
 * Finds peers by public key, and handshakes and keypairs by index. Both tables
 * are thin layers over rhashtable, which keeps chains short, looks up without
 * locks, and grows and shrinks in the background. This file frees no nodes.
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
 * The default hash for keys of whole words reads them as aligned words; a key
 * that is looked up may be unaligned, so .hashfn is jhash(). Each table has a
 * random seed.
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
	/* The node is compared by address, so the only error is -ENOENT. */
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
 * The lock of the table serialises the three writers below. If a remove and a
 * replace of one node race, the first to get the lock finds node->hashed set
 * and clears it; the second finds it clear and does nothing. If a handshake is
 * given up while its keypair is being installed, the index is either removed or
 * belongs to the keypair.
 */
int wg_index_insert(struct wg_index_table *table, struct wg_index_node *node,
		    enum wg_index_kind kind)
{
	unsigned int draws;
	int err = -EBUSY;

	spin_lock_bh(&table->lock);
	wg_index_unhash(table, node);
	/*
	 * A concurrent lookup may still be at this node and compare its index
	 * while the index changes. It finds the node early or not at all; both
	 * results are also possible without this race. If the lookup continues
	 * into the chain to which the node has moved, it detects at the end
	 * that this is the wrong chain and starts again. Kernels before 5.0 do
	 * not detect that, so the lookup may miss another node: one datagram is
	 * lost.
	 */
	node->kind = kind;
	for (draws = 0; draws < WG_INDEX_DRAWS; draws++) {
		WRITE_ONCE(node->index, (__force __le32)(get_random_u32() % WG_INDICES));
		if (!node->index)
			continue;
		err = rhashtable_lookup_insert_fast(&table->ht, &node->hash,
						    wg_index_params);
		/* -EBUSY: the chain of this index is too long. Try another index. */
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
