/* SPDX-License-Identifier: GPL-2.0 */
/* Host stand-in: a clock that stands still until a test moves it. */
#ifndef SHIM_LINUX_JIFFIES_H
#define SHIM_LINUX_JIFFIES_H

#include <linux/compiler.h>
#include <linux/types.h>

#ifndef HZ
#define HZ 250
#endif

SHIM_SHARED unsigned long jiffies = 1;

#define time_after(a, b) ((long)((b) - (a)) < 0)
#define time_before(a, b) time_after(b, a)
#define time_after_eq(a, b) ((long)((a) - (b)) >= 0)
#define time_before_eq(a, b) time_after_eq(b, a)

/* Rounded up, as in the kernel. */
static inline unsigned long msecs_to_jiffies(unsigned int ms)
{
	return ((unsigned long)ms * HZ + 999) / 1000;
}

#endif
