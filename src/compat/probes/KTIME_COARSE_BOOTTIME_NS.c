// SPDX-License-Identifier: GPL-2.0
/* Is there ktime_get_coarse_boottime_ns()? In 5.4, not in 4.19; else ktime_get_boottime(). */
#include <linux/ktime.h>

u64 probe_KTIME_COARSE_BOOTTIME_NS(void);
u64 probe_KTIME_COARSE_BOOTTIME_NS(void)
{
	return ktime_get_coarse_boottime_ns();
}
