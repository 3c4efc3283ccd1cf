// SPDX-License-Identifier: GPL-2.0
/* Is there rhashtable_replace_fast()? In 4.9, not in 4.4; else insertion and then removal. */
#include <linux/rhashtable.h>

int probe_RHASHTABLE_REPLACE_FAST(struct rhashtable *ht, struct rhash_head *node);
int probe_RHASHTABLE_REPLACE_FAST(struct rhashtable *ht, struct rhash_head *node)
{
	static const struct rhashtable_params params = { .key_len = 4 };

	return rhashtable_replace_fast(ht, node, node, params);
}
