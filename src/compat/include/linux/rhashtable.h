/* SPDX-License-Identifier: GPL-2.0 */
/*
 * <linux/rhashtable.h>: rhashtable_lookup() and rhashtable_replace_fast().
 */
#ifndef WG_COMPAT_RHASHTABLE_H
#define WG_COMPAT_RHASHTABLE_H

#include_next <linux/rhashtable.h>

/* The older function also takes rcu_read_lock(). */
#if !HAVE_RHASHTABLE_LOOKUP
#define rhashtable_lookup(ht, key, params) rhashtable_lookup_fast(ht, key, params)
#endif

/*
 * Both objects are in the table for a moment, the new one before the old one in
 * the chain, so that a lookup finds one of them at any time.
 * rhashtable_insert_fast() does not check for an object with the same key.
 */
#if !HAVE_RHASHTABLE_REPLACE_FAST
static inline int compat_rhashtable_replace_fast(struct rhashtable *ht, struct rhash_head *old,
						 struct rhash_head *new,
						 const struct rhashtable_params params)
{
	int ret = rhashtable_insert_fast(ht, new, params);

	if (!ret)
		rhashtable_remove_fast(ht, old, params);
	return ret;
}
#define rhashtable_replace_fast(ht, old, new, params) \
	compat_rhashtable_replace_fast(ht, old, new, params)
#endif

#endif /* WG_COMPAT_RHASHTABLE_H */
