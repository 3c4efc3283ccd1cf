/* SPDX-License-Identifier: GPL-2.0 */
/*
 * <linux/rhashtable.h>: looking up under RCU, and one object in place of another of
 * the same key.
 */
#ifndef WG_COMPAT_RHASHTABLE_H
#define WG_COMPAT_RHASHTABLE_H

#include_next <linux/rhashtable.h>

/* The older function takes RCU's read lock once more. */
#if !HAVE_RHASHTABLE_LOOKUP
#define rhashtable_lookup(ht, key, params) rhashtable_lookup_fast(ht, key, params)
#endif

/*
 * For a moment both are there, the new one first in their chain, so that a look-up
 * finds one or the other at any time. Unlike rhashtable_lookup_insert_fast() the
 * insertion does not look for an object of the same key.
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
