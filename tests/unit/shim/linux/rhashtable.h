/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Host stand-in: a chained hash table that doubles when full, with the names of the kernel's
 * resizable one, for one thread. Lookups require rcu_read_lock(), and a test can make insertions
 * fail.
 */
#ifndef SHIM_LINUX_RHASHTABLE_H
#define SHIM_LINUX_RHASHTABLE_H

#include <linux/atomic.h>
#include <linux/errno.h>
#include <linux/jhash.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/types.h>

struct rhash_head {
	struct rhash_head *next;
};

struct rhashtable_params {
	u16 key_len, key_offset, head_offset, min_size;
	unsigned int max_size;
	bool automatic_shrinking;
	u32 (*hashfn)(const void *data, u32 len, u32 seed);
};

struct rhashtable {
	struct rhash_head **buckets;
	size_t size;
	struct rhashtable_params p;
	atomic_t nelems;
};

/* This many of the next insertions fail with this error (negative). */
SHIM_SHARED int shim_rhashtable_error;
SHIM_SHARED unsigned int shim_rhashtable_failures;

static inline const void *shim_rht_key(const struct rhashtable *ht,
				       const struct rhash_head *head)
{
	return (const char *)head - ht->p.head_offset + ht->p.key_offset;
}

static inline struct rhash_head **shim_rht_bucket(const struct rhashtable *ht,
						  const void *key)
{
	return &ht->buckets[jhash(key, ht->p.key_len, 0x5eed) & (ht->size - 1)];
}

static inline int rhashtable_init(struct rhashtable *ht,
				  const struct rhashtable_params *params)
{
	ht->p = *params;
	ht->size = 4;
	ht->nelems.counter = 0;
	ht->buckets = kzalloc(ht->size * sizeof(*ht->buckets), GFP_KERNEL);
	return ht->buckets ? 0 : -ENOMEM;
}

static inline void rhashtable_destroy(struct rhashtable *ht)
{
	kfree(ht->buckets);
	ht->buckets = NULL;
}

static inline struct rhash_head *shim_rht_find(const struct rhashtable *ht,
					       const void *key)
{
	struct rhash_head *head = *shim_rht_bucket(ht, key);

	while (head && memcmp(shim_rht_key(ht, head), key, ht->p.key_len))
		head = head->next;
	return head;
}

static inline void *rhashtable_lookup(struct rhashtable *ht, const void *key,
				      const struct rhashtable_params params)
{
	struct rhash_head *head = shim_rht_find(ht, key);

	(void)params;
	SHIM_CHECK(rcu_read_lock_held(), "rhashtable_lookup() without RCU");
	return head ? (char *)head - ht->p.head_offset : NULL;
}

static inline int shim_rht_grow(struct rhashtable *ht)
{
	struct rhash_head **old = ht->buckets, **bucket, *head, *next;
	size_t i, size = ht->size;

	ht->buckets = kzalloc(2 * size * sizeof(*old), GFP_KERNEL);
	if (!ht->buckets) {
		ht->buckets = old;
		return -ENOMEM;
	}
	ht->size = 2 * size;
	for (i = 0; i < size; i++) {
		for (head = old[i]; head; head = next) {
			next = head->next;
			bucket = shim_rht_bucket(ht, shim_rht_key(ht, head));
			head->next = *bucket;
			*bucket = head;
		}
	}
	kfree(old);
	return 0;
}

static inline int
rhashtable_lookup_insert_fast(struct rhashtable *ht, struct rhash_head *obj,
			      const struct rhashtable_params params)
{
	const void *key = shim_rht_key(ht, obj);
	struct rhash_head **bucket;

	(void)params;
	if (shim_rhashtable_failures) {
		shim_rhashtable_failures--;
		return shim_rhashtable_error;
	}
	if (shim_rht_find(ht, key))
		return -EEXIST;
	if ((size_t)ht->nelems.counter >= ht->size && shim_rht_grow(ht))
		return -ENOMEM;
	bucket = shim_rht_bucket(ht, key);
	obj->next = *bucket;
	*bucket = obj;
	ht->nelems.counter++;
	return 0;
}

/* The slot that points to obj, found by its address; NULL if it is not in the table. */
static inline struct rhash_head **shim_rht_slot(struct rhashtable *ht,
						struct rhash_head *obj)
{
	struct rhash_head **slot = shim_rht_bucket(ht, shim_rht_key(ht, obj));

	while (*slot && *slot != obj)
		slot = &(*slot)->next;
	return *slot ? slot : NULL;
}

static inline int rhashtable_remove_fast(struct rhashtable *ht,
					 struct rhash_head *obj,
					 const struct rhashtable_params params)
{
	struct rhash_head **slot = shim_rht_slot(ht, obj);

	(void)params;
	if (!slot)
		return -ENOENT;
	*slot = obj->next;
	ht->nelems.counter--;
	return 0;
}

static inline int rhashtable_replace_fast(struct rhashtable *ht,
					  struct rhash_head *obj_old,
					  struct rhash_head *obj_new,
					  const struct rhashtable_params params)
{
	struct rhash_head **slot = shim_rht_slot(ht, obj_old);

	(void)params;
	if (memcmp(shim_rht_key(ht, obj_old), shim_rht_key(ht, obj_new),
		   ht->p.key_len))
		return -EINVAL;
	if (!slot)
		return -ENOENT;
	obj_new->next = obj_old->next;
	*slot = obj_new;
	return 0;
}

#endif
