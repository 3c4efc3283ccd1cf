// SPDX-License-Identifier: GPL-2.0
/* Is there struct __kernel_timespec? Since 4.18; else our own. */
#include <linux/time64.h>

long long probe_KERNEL_TIMESPEC(const struct __kernel_timespec *at);
long long probe_KERNEL_TIMESPEC(const struct __kernel_timespec *at)
{
	return at->tv_sec + at->tv_nsec;
}
