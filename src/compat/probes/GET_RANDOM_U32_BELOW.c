// SPDX-License-Identifier: GPL-2.0
/* Is there get_random_u32_below()? In 6.1, not in 5.10; else a shim. */
/* exports: __get_random_u32_below */
#include <linux/random.h>

u32 probe_GET_RANDOM_U32_BELOW(u32 ceil);
u32 probe_GET_RANDOM_U32_BELOW(u32 ceil)
{
	return get_random_u32_below(ceil);
}
