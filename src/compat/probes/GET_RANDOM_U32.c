// SPDX-License-Identifier: GPL-2.0
/* Is there get_random_u32()? Since 4.11; else get_random_bytes(). */
/* exports: get_random_u32 */
#include <linux/random.h>

u32 probe_GET_RANDOM_U32(void);
u32 probe_GET_RANDOM_U32(void)
{
	return get_random_u32();
}
