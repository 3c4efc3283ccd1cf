/* SPDX-License-Identifier: GPL-2.0 */
/* Host stand-in: clocks that stand still until a test moves them. */
#ifndef SHIM_LINUX_TIMEKEEPING_H
#define SHIM_LINUX_TIMEKEEPING_H

#include <linux/compiler.h>
#include <linux/time64.h>
#include <linux/types.h>

SHIM_SHARED u64 shim_boottime_ns = NSEC_PER_SEC;
SHIM_SHARED u64 shim_real_ns = 1000ULL * NSEC_PER_SEC;

static inline u64 ktime_get_coarse_boottime_ns(void)
{
	return shim_boottime_ns;
}

static inline u64 ktime_get_real_ns(void)
{
	return shim_real_ns;
}

#endif
