// SPDX-License-Identifier: GPL-2.0
/* Is there struct __kernel_timespec, with 64-bit members? Since 5.1, on 64-bit machines 4.18; else a shim. */
#include <linux/time64.h>

long long probe_KERNEL_TIMESPEC(const struct __kernel_timespec *at);
long long probe_KERNEL_TIMESPEC(const struct __kernel_timespec *at)
{
	return at->tv_sec + at->tv_nsec;
}

/* 4.18 to 5.0 define it as a macro for struct timespec. */
char probe_KERNEL_TIMESPEC_size[sizeof(struct __kernel_timespec) == 16 ? 1 : -1];
