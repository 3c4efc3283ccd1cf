/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Cryptokey routing: finds the owner of the longest allowed-IP prefix that
 * covers an address. There is one trie per family. Lookups take no lock;
 * changes need a mutex of the caller. An owner is an object that embeds struct
 * wg_allowedips_owner. This file takes no reference to it.
 *
 * Lifetimes. Nodes belong to the trie, which frees them an RCU grace period
 * after unlinking them. Owners belong to the caller. Before the caller frees an
 * owner it must call wg_allowedips_remove_owner() and wait for a grace period,
 * because a lookup that began earlier may still return the owner.
 */
#ifndef WG_ALLOWEDIPS_H
#define WG_ALLOWEDIPS_H

#include <linux/list.h>
#include <linux/rcupdate.h>
#include <linux/types.h>

struct mutex;

struct wg_allowedips_owner {
	struct list_head nodes;	/* wg_allowedips_node.list, oldest first; t->lock */
};

/*
 * Public only for dumps, which iterate over owner->nodes by the list member,
 * under t->lock. Read a node with wg_allowedips_node_read().
 *
 * Lookups read only the first members. A node has 64 bytes on 64-bit machines,
 * so that kmalloc() gives it a cache line of its own and each level costs one
 * cache miss.
 */
struct wg_allowedips_node {
	struct wg_allowedips_node __rcu *child[2];
	struct wg_allowedips_owner __rcu *owner;	/* NULL: the node is only a fork */
	u64 key[2];	/* first cidr bits, most significant first; rest zero; const */
	u8 cidr;	/* const */
	u8 family;	/* const */
	bool stale;	/* see wg_allowedips_mark_owner(); t->lock */
	union {
		struct list_head list;	/* while linked; t->lock */
		struct rcu_head rcu;	/* once unlinked */
	};
};

struct wg_allowedips {
	struct wg_allowedips_node __rcu *root4, *root6;
	struct mutex *lock;	/* the caller's; serialises all but lookups */
	u64 seq;		/* incremented by every change; under lock */
};

/* Without the lock; nothing else uses the trie yet. */
void wg_allowedips_init(struct wg_allowedips *t, struct mutex *lock);
void wg_allowedips_owner_init(struct wg_allowedips_owner *owner);

/*
 * With @t->lock held, in process context. Addresses are in network order, 4 or
 * 16 bytes without alignment. Bits beyond @cidr are ignored.
 */

/*
 * Moves the prefix to @owner if another one has it. Return: 0; -EINVAL for an
 * unknown family or a @cidr that is longer than its address; -ENOMEM.
 */
int wg_allowedips_insert(struct wg_allowedips *t,
			 struct wg_allowedips_owner *owner, int family,
			 const void *addr, u8 cidr);
/*
 * Return: 0, or -EINVAL as for the insertion. Changes nothing if @owner does not
 * have the prefix.
 */
int wg_allowedips_remove(struct wg_allowedips *t,
			 struct wg_allowedips_owner *owner, int family,
			 const void *addr, u8 cidr);
/*
 * Two steps that replace the prefixes of an owner. The first marks all of them.
 * An insertion clears the mark of its prefix. The second step removes those
 * that are still marked. At every moment lookups find the prefixes that the
 * owner keeps.
 */
void wg_allowedips_mark_owner(struct wg_allowedips *t,
			      struct wg_allowedips_owner *owner);
void wg_allowedips_remove_marked(struct wg_allowedips *t,
				 struct wg_allowedips_owner *owner);
/* Costs one walk from the root to each of the owner's prefixes. */
void wg_allowedips_remove_owner(struct wg_allowedips *t,
				struct wg_allowedips_owner *owner);
/* Empties the trie and the node lists of all owners. @t may be used again. */
void wg_allowedips_destroy(struct wg_allowedips *t);
/* Writes 4 or 16 bytes to @addr, in network order. Return: the family. */
int wg_allowedips_node_read(const struct wg_allowedips_node *node, u8 addr[16],
			    u8 *cidr);

/*
 * Under rcu_read_lock(), in any context. Return: the owner, or NULL if no prefix
 * covers @addr. The owner may be about to be removed: before you keep it beyond
 * rcu_read_unlock(), take a reference with a function that can fail.
 */
struct wg_allowedips_owner *wg_allowedips_lookup(const struct wg_allowedips *t,
						 int family, const void *addr);

#endif /* WG_ALLOWEDIPS_H */
