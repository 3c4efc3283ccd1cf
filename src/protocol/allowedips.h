/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Cryptokey routing: which owner has the longest allowed-IP prefix that covers
 * an address. One trie per family, read without locks, changed under a mutex of
 * the caller. An owner is whatever embeds struct wg_allowedips_owner; this file
 * neither knows what it is nor keeps it alive.
 *
 * Lifetimes. Nodes belong to the trie, which frees them an RCU grace period
 * after unlinking them. Owners belong to the caller, who must call
 * wg_allowedips_remove_owner() and then let a grace period pass before freeing
 * one: a lookup that began earlier may still return it.
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
 * Public only so that dumps can iterate owner->nodes by its list member, under
 * t->lock; read a node with wg_allowedips_node_read().
 *
 * What a lookup reads of a node is at its front, and a 64-bit node is 64 bytes:
 * kmalloc() then gives it a cache line of its own, so each level costs one miss.
 */
struct wg_allowedips_node {
	struct wg_allowedips_node __rcu *child[2];
	struct wg_allowedips_owner __rcu *owner;	/* NULL: only a fork */
	u64 key[2];	/* first cidr bits, most significant first, rest zero; const */
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
	u64 seq;		/* moves on with every real change; under lock */
};

/* Without lock held; the trie is not yet, or no longer, shared. */
void wg_allowedips_init(struct wg_allowedips *t, struct mutex *lock);
void wg_allowedips_owner_init(struct wg_allowedips_owner *owner);

/*
 * With t->lock held, in process context. Addresses are in network order, 4 or
 * 16 bytes without alignment; bits beyond cidr are ignored. -EINVAL: no such
 * family, or cidr beyond its width.
 */

/* A prefix that another owner has moves to this one. 0, -EINVAL or -ENOMEM. */
int wg_allowedips_insert(struct wg_allowedips *t,
			 struct wg_allowedips_owner *owner, int family,
			 const void *addr, u8 cidr);
/* 0 also when the prefix is absent or another owner's: then nothing changes. */
int wg_allowedips_remove(struct wg_allowedips *t,
			 struct wg_allowedips_owner *owner, int family,
			 const void *addr, u8 cidr);
/*
 * Two steps that replace the prefixes of an owner: the first marks all of them, an
 * insertion takes the mark from its prefix, and the second removes those that still
 * have it. Lookups find what the owner keeps at every instant.
 */
void wg_allowedips_mark_owner(struct wg_allowedips *t,
			      struct wg_allowedips_owner *owner);
void wg_allowedips_remove_marked(struct wg_allowedips *t,
				 struct wg_allowedips_owner *owner);
/* Costs one walk from the root to each of the owner's prefixes. */
void wg_allowedips_remove_owner(struct wg_allowedips *t,
				struct wg_allowedips_owner *owner);
/* Empties the trie and the lists of all its owners; t may be used again. */
void wg_allowedips_destroy(struct wg_allowedips *t);
/* Returns the family; writes 4 or 16 bytes of addr, in network order. */
int wg_allowedips_node_read(const struct wg_allowedips_node *node, u8 addr[16],
			    u8 *cidr);

/*
 * Under rcu_read_lock(), in any context. NULL where no prefix covers addr. The
 * owner may be on its way out: take a reference that can fail before keeping it
 * beyond rcu_read_unlock().
 */
struct wg_allowedips_owner *wg_allowedips_lookup(const struct wg_allowedips *t,
						 int family, const void *addr);

#endif /* WG_ALLOWEDIPS_H */
