/* SPDX-License-Identifier: GPL-2.0 */
/* Host stand-in: the C library's string functions and the wiping ones. */
#ifndef SHIM_LINUX_STRING_H
#define SHIM_LINUX_STRING_H

#include <string.h>
#include <linux/types.h>

static inline void memzero_explicit(void *p, size_t len)
{
	memset(p, 0, len);
	__asm__ __volatile__("" : : "r"(p) : "memory");
}

/* Equal, except for a newline at the end of one. */
static inline bool sysfs_streq(const char *a, const char *b)
{
	size_t n = strcspn(a, "\n"), m = strcspn(b, "\n");

	return n == m && !strncmp(a, b, n);
}

static inline void *memchr_inv(const void *p, int c, size_t len)
{
	const u8 *bytes = p;

	for (; len; len--, bytes++)
		if (*bytes != (u8)c)
			return (void *)bytes;
	return NULL;
}

#endif
