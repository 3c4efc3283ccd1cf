/* SPDX-License-Identifier: GPL-2.0 */
/*
 * <linux/time64.h>: struct __kernel_timespec, with 64-bit members.
 */
#ifndef WG_COMPAT_TIME64_H
#define WG_COMPAT_TIME64_H

#include_next <linux/time64.h>

#if !HAVE_KERNEL_TIMESPEC
struct compat_kernel_timespec {
	s64 tv_sec;
	s64 tv_nsec;
};
#undef __kernel_timespec
#define __kernel_timespec compat_kernel_timespec
#endif

#endif /* WG_COMPAT_TIME64_H */
