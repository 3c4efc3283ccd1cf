/* SPDX-License-Identifier: GPL-2.0 */
/*
 * <linux/kernel.h>: fallthrough, which kernels have since 5.4; on RHEL 7, what its
 * ARRAY_SIZE() calls.
 */
#ifndef WG_COMPAT_KERNEL_H
#define WG_COMPAT_KERNEL_H

#include_next <linux/kernel.h>
#include <linux/bug.h>

#ifndef fallthrough
#if __GNUC__ >= 7
#define fallthrough __attribute__((__fallthrough__))
#else
#define fallthrough do {} while (0)
#endif
#endif

#endif /* WG_COMPAT_KERNEL_H */
