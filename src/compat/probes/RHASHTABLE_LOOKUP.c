// SPDX-License-Identifier: GPL-2.0
/* Is there rhashtable_lookup()? In 4.4.178, not in 4.4.167; else rhashtable_lookup_fast(). */
#include <linux/rhashtable.h>

void *probe_RHASHTABLE_LOOKUP(struct rhashtable *ht, const void *key);
void *probe_RHASHTABLE_LOOKUP(struct rhashtable *ht, const void *key)
{
	static const struct rhashtable_params params = { .key_len = 4 };

	return rhashtable_lookup(ht, key, params);
}
