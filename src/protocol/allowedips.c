// SPDX-License-Identifier: GPL-2.0
/*
 * Cryptokey routing: a path-compressed binary trie for each family, which maps
 * an address to an owner. The mutex of the caller serialises writers.
 *
 * A node stands for a prefix. It has an owner, or it is a fork: the longest
 * common prefix of two prefixes, equal to neither of them. A fork always has
 * two children, so there are fewer forks than owned nodes. A child's prefix is
 * longer than its parent's and lies within it. The first bit after the parent's
 * prefix selects the child. A path therefore has at most 129 nodes, from /0 to
 * /128.
 *
 * Why lookups are safe without a lock:
 * - A node is published after it is filled in, and its position (key, cidr)
 *   never changes. A new node above existing ones points to them before it is
 *   published.
 * - A single store into the slot that leads to a node unlinks it. A reader
 *   passes through the node or bypasses it, with the same result, because the
 *   owner of the node is cleared first.
 * - An unlinked node keeps its child pointers. A reader on that node reached it
 *   before the unlinking, so the nodes that it finds below, unlinked later or
 *   not, exist until that reader has finished.
 * - A change of owner is a single store, so every lookup finds one of the two
 *   owners.
 */
#include "allowedips.h"

#include <linux/bitops.h>
#include <linux/bug.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/lockdep.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/socket.h>
#include <linux/string.h>
#include <asm/byteorder.h>

enum {
	WG_CIDR_MAX_V4 = 32,
	WG_CIDR_MAX_V6 = 128,
};

/* The position of a prefix in the trie, or the position to insert it at. */
struct wg_allowedips_path {
	struct wg_allowedips_node __rcu **slot;		/* leads to the node */
	struct wg_allowedips_node __rcu **parent_slot;	/* leads to slot's node */
	struct wg_allowedips_node *parent;		/* NULL at the root */
};

#define wg_locked_dereference(t, p) \
	rcu_dereference_protected(p, lockdep_is_held((t)->lock))

/* An IPv4 address fills the first bits of a key; the other bits are zero. */
static void wg_key_from_v4(u64 key[2], const void *addr)
{
	__be32 ip;

	memcpy(&ip, addr, sizeof(ip));
	key[0] = (u64)be32_to_cpu(ip) << 32;
	key[1] = 0;
}

static void wg_key_from_v6(u64 key[2], const void *addr)
{
	__be64 ip[2];

	memcpy(ip, addr, sizeof(ip));
	key[0] = be64_to_cpu(ip[0]);
	key[1] = be64_to_cpu(ip[1]);
}

static void wg_key_mask(u64 key[2], u8 cidr)
{
	/* A shift by 64 is undefined. */
	if (cidr < 64) {
		key[0] &= cidr ? ~0ULL << (64 - cidr) : 0;
		key[1] = 0;
	} else if (cidr < 128) {
		key[1] &= cidr > 64 ? ~0ULL << (128 - cidr) : 0;
	}
}

static unsigned int wg_key_bit(const u64 key[2], u8 at)
{
	return key[at / 64] >> (63 - at % 64) & 1;
}

/* The number of leading bits that two keys share: 0 to 128. */
static unsigned int wg_key_common(const u64 a[2], const u64 b[2])
{
	u64 high = a[0] ^ b[0];

	return high ? 64 - fls64(high) : 128 - fls64(a[1] ^ b[1]);
}

static bool wg_node_covers(const struct wg_allowedips_node *node,
			   const u64 key[2])
{
	return wg_key_common(node->key, key) >= node->cidr;
}

static struct wg_allowedips_node __rcu **
wg_root_slot(struct wg_allowedips *t, int family)
{
	return family == AF_INET ? &t->root4 : &t->root6;
}

static int wg_key_from_prefix(u64 key[2], int family, const void *addr, u8 cidr)
{
	switch (family) {
	case AF_INET:
		if (cidr > WG_CIDR_MAX_V4)
			return -EINVAL;
		wg_key_from_v4(key, addr);
		break;
	case AF_INET6:
		if (cidr > WG_CIDR_MAX_V6)
			return -EINVAL;
		wg_key_from_v6(key, addr);
		break;
	default:
		return -EINVAL;
	}
	wg_key_mask(key, cidr);
	return 0;
}

static struct wg_allowedips_node *wg_node_new(int family, const u64 key[2],
					      u8 cidr)
{
	struct wg_allowedips_node *node = kzalloc(sizeof(*node), GFP_KERNEL);

	if (!node)
		return NULL;
	node->key[0] = key[0];
	node->key[1] = key[1];
	wg_key_mask(node->key, cidr);
	node->cidr = cidr;
	node->family = family;
	INIT_LIST_HEAD(&node->list);
	return node;
}

/*
 * Follows the nodes that are shorter than the prefix and cover it. Returns the
 * next node, in path->slot: the prefix itself, a longer prefix, one that does
 * not cover this prefix, or NULL.
 */
static struct wg_allowedips_node *
wg_descend(struct wg_allowedips *t, int family, const u64 key[2], u8 cidr,
	   struct wg_allowedips_path *path)
{
	struct wg_allowedips_node *node;

	path->slot = wg_root_slot(t, family);
	path->parent_slot = NULL;
	path->parent = NULL;
	for (;;) {
		node = wg_locked_dereference(t, *path->slot);
		if (!node || node->cidr >= cidr || !wg_node_covers(node, key))
			return node;
		path->parent_slot = path->slot;
		path->parent = node;
		path->slot = &node->child[wg_key_bit(key, node->cidr)];
	}
}

static void wg_node_free(struct wg_allowedips_node *node)
{
	/* node->list and node->rcu share memory. */
	list_del(&node->list);
	kfree_rcu(node, rcu);
}

static struct wg_allowedips_node *
wg_only_child(struct wg_allowedips *t, struct wg_allowedips_node *node)
{
	struct wg_allowedips_node *child;

	child = wg_locked_dereference(t, node->child[0]);
	return child ?: wg_locked_dereference(t, node->child[1]);
}

/* Clears the owner of a node, and frees the nodes that are no longer needed. */
static void wg_node_disown(struct wg_allowedips *t,
			   struct wg_allowedips_node *node,
			   const struct wg_allowedips_path *path)
{
	struct wg_allowedips_node *child, *parent = path->parent;

	list_del_init(&node->list);
	RCU_INIT_POINTER(node->owner, NULL);
	if (rcu_access_pointer(node->child[0]) &&
	    rcu_access_pointer(node->child[1]))
		return;

	child = wg_only_child(t, node);
	rcu_assign_pointer(*path->slot, child);
	wg_node_free(node);
	if (child || !parent || rcu_access_pointer(parent->owner))
		return;

	/* The parent is a fork that has lost one of its two children. */
	rcu_assign_pointer(*path->parent_slot, wg_only_child(t, parent));
	wg_node_free(parent);
}

static void wg_free_subtree(struct wg_allowedips *t,
			    struct wg_allowedips_node *root)
{
	struct wg_allowedips_node *node, *child;
	LIST_HEAD(todo);
	int i;

	/*
	 * A list of the remaining nodes, by node->list, which only writers use.
	 * It replaces recursion, so that the stack does not grow with the
	 * depth.
	 */
	if (root)
		list_move(&root->list, &todo);
	while (!list_empty(&todo)) {
		node = list_first_entry(&todo, struct wg_allowedips_node, list);
		for (i = 0; i < 2; i++) {
			child = wg_locked_dereference(t, node->child[i]);
			if (child)
				list_move(&child->list, &todo);
		}
		wg_node_free(node);
		cond_resched();
	}
}

void wg_allowedips_init(struct wg_allowedips *t, struct mutex *lock)
{
	BUILD_BUG_ON(sizeof(void *) == 8 &&
		     sizeof(struct wg_allowedips_node) > 64);

	RCU_INIT_POINTER(t->root4, NULL);
	RCU_INIT_POINTER(t->root6, NULL);
	t->lock = lock;
	t->seq = 0;
}

void wg_allowedips_owner_init(struct wg_allowedips_owner *owner)
{
	INIT_LIST_HEAD(&owner->nodes);
}

int wg_allowedips_insert(struct wg_allowedips *t,
			 struct wg_allowedips_owner *owner, int family,
			 const void *addr, u8 cidr)
{
	struct wg_allowedips_node *next, *node, *fork = NULL;
	struct wg_allowedips_path path;
	unsigned int common;
	u64 key[2];
	int err;

	lockdep_assert_held(t->lock);
	err = wg_key_from_prefix(key, family, addr, cidr);
	if (err)
		return err;

	next = wg_descend(t, family, key, cidr, &path);
	common = next ? min_t(unsigned int, wg_key_common(next->key, key), cidr) : cidr;

	if (next && next->cidr == cidr && common == cidr) {
		next->stale = false;
		if (rcu_access_pointer(next->owner) == owner)
			return 0;
		rcu_assign_pointer(next->owner, owner);
		list_move_tail(&next->list, &owner->nodes);
		t->seq++;
		return 0;
	}

	node = wg_node_new(family, key, cidr);
	if (!node)
		return -ENOMEM;
	if (common < cidr) {
		fork = wg_node_new(family, key, common);
		if (!fork) {
			kfree(node);
			return -ENOMEM;
		}
		RCU_INIT_POINTER(fork->child[wg_key_bit(key, common)], node);
		RCU_INIT_POINTER(fork->child[wg_key_bit(next->key, common)], next);
	} else if (next) {
		RCU_INIT_POINTER(node->child[wg_key_bit(next->key, cidr)], next);
	}
	RCU_INIT_POINTER(node->owner, owner);
	list_add_tail(&node->list, &owner->nodes);
	rcu_assign_pointer(*path.slot, fork ?: node);
	t->seq++;
	return 0;
}

int wg_allowedips_remove(struct wg_allowedips *t,
			 struct wg_allowedips_owner *owner, int family,
			 const void *addr, u8 cidr)
{
	struct wg_allowedips_node *node;
	struct wg_allowedips_path path;
	u64 key[2];
	int err;

	lockdep_assert_held(t->lock);
	err = wg_key_from_prefix(key, family, addr, cidr);
	if (err)
		return err;

	node = wg_descend(t, family, key, cidr, &path);
	if (!node || node->cidr != cidr || !wg_node_covers(node, key) ||
	    rcu_access_pointer(node->owner) != owner)
		return 0;
	wg_node_disown(t, node, &path);
	t->seq++;
	return 0;
}

void wg_allowedips_mark_owner(struct wg_allowedips *t,
			      struct wg_allowedips_owner *owner)
{
	struct wg_allowedips_node *node;

	lockdep_assert_held(t->lock);
	list_for_each_entry(node, &owner->nodes, list) {
		node->stale = true;
		cond_resched();
	}
}

void wg_allowedips_remove_marked(struct wg_allowedips *t,
				 struct wg_allowedips_owner *owner)
{
	struct wg_allowedips_node *node, *next;
	struct wg_allowedips_path path;
	bool changed = false;

	lockdep_assert_held(t->lock);
	/* wg_node_disown() frees @node and perhaps a fork, which is on no list. */
	list_for_each_entry_safe(node, next, &owner->nodes, list) {
		cond_resched();
		if (!node->stale)
			continue;
		/* A node that stays as a fork may be owned again. */
		node->stale = false;
		wg_descend(t, node->family, node->key, node->cidr, &path);
		wg_node_disown(t, node, &path);
		changed = true;
	}
	if (changed)
		t->seq++;
}

void wg_allowedips_remove_owner(struct wg_allowedips *t,
				struct wg_allowedips_owner *owner)
{
	wg_allowedips_mark_owner(t, owner);
	wg_allowedips_remove_marked(t, owner);
}

void wg_allowedips_destroy(struct wg_allowedips *t)
{
	struct wg_allowedips_node *root4, *root6;

	lockdep_assert_held(t->lock);
	root4 = wg_locked_dereference(t, t->root4);
	root6 = wg_locked_dereference(t, t->root6);
	RCU_INIT_POINTER(t->root4, NULL);
	RCU_INIT_POINTER(t->root6, NULL);
	wg_free_subtree(t, root4);
	wg_free_subtree(t, root6);
	t->seq++;
}

int wg_allowedips_node_read(const struct wg_allowedips_node *node, u8 addr[16],
			    u8 *cidr)
{
	__be64 ip[2] = { cpu_to_be64(node->key[0]), cpu_to_be64(node->key[1]) };

	memcpy(addr, ip, node->family == AF_INET ? 4 : 16);
	*cidr = node->cidr;
	return node->family;
}

struct wg_allowedips_owner *wg_allowedips_lookup(const struct wg_allowedips *t,
						 int family, const void *addr)
{
	struct wg_allowedips_owner *owner, *best = NULL;
	const struct wg_allowedips_node *node;
	u64 key[2];

	switch (family) {
	case AF_INET:
		wg_key_from_v4(key, addr);
		node = rcu_dereference(t->root4);
		break;
	case AF_INET6:
		wg_key_from_v6(key, addr);
		node = rcu_dereference(t->root6);
		break;
	default:
		return NULL;
	}

	while (node && wg_node_covers(node, key)) {
		owner = rcu_dereference(node->owner);
		if (owner)
			best = owner;
		if (node->cidr == WG_CIDR_MAX_V6)
			break;
		node = rcu_dereference(node->child[wg_key_bit(key, node->cidr)]);
	}
	return best;
}
