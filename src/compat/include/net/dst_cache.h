/* SPDX-License-Identifier: GPL-2.0 */
/*
 * <net/dst_cache.h>: dst_cache_reset_now(), which drops all routes at once.
 */
#ifndef WG_COMPAT_DST_CACHE_H
#define WG_COMPAT_DST_CACHE_H

#include_next <net/dst_cache.h>

/*
 * Only for a cache that is not filled again: its namespace ends, its peer is removed or its
 * device is deleted. Lookups in it and another dst_cache_destroy() are allowed. Any context.
 */
#if !HAVE_DST_CACHE_RESET_NOW
static inline void compat_dst_cache_reset_now(struct dst_cache *cache)
{
	dst_cache_destroy(cache);
	cache->cache = NULL;
}
#define dst_cache_reset_now(cache) compat_dst_cache_reset_now(cache)
#endif

#endif /* WG_COMPAT_DST_CACHE_H */
