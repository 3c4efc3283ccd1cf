/* SPDX-License-Identifier: GPL-2.0 */
/*
 * <linux/kernel.h>: fallthrough, which kernels have since 5.4.
 */
#ifndef WG_COMPAT_KERNEL_H
#define WG_COMPAT_KERNEL_H

#include_next <linux/kernel.h>

#ifndef fallthrough
#if __GNUC__ >= 7
#define fallthrough __attribute__((__fallthrough__))
#else
#define fallthrough do {} while (0)
#endif
#endif

#endif /* WG_COMPAT_KERNEL_H */
