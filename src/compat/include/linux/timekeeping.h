/* SPDX-License-Identifier: GPL-2.0 */
/*
 * <linux/timekeeping.h>: ktime_get_coarse_boottime_ns(); the shim is exact.
 */
#ifndef WG_COMPAT_TIMEKEEPING_H
#define WG_COMPAT_TIMEKEEPING_H

#include_next <linux/timekeeping.h>

#if !HAVE_KTIME_COARSE_BOOTTIME_NS
#define ktime_get_coarse_boottime_ns() ((u64)ktime_to_ns(ktime_get_boottime()))
#endif

#endif /* WG_COMPAT_TIMEKEEPING_H */
