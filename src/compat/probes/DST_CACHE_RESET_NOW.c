// SPDX-License-Identifier: GPL-2.0
/* Is there dst_cache_reset_now()? In 5.10, not in 5.4; else dst_cache_destroy(). */
/* exports: dst_cache_reset_now */
#include <net/dst_cache.h>

void probe_DST_CACHE_RESET_NOW(struct dst_cache *cache);
void probe_DST_CACHE_RESET_NOW(struct dst_cache *cache)
{
	dst_cache_reset_now(cache);
}
