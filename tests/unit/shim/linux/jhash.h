/* SPDX-License-Identifier: GPL-2.0 */
/* Host stand-in: a seeded hash of bytes with jhash()'s call form. */
#ifndef SHIM_LINUX_JHASH_H
#define SHIM_LINUX_JHASH_H

#include <linux/types.h>

static inline u32 jhash(const void *key, u32 length, u32 initval)
{
	const u8 *byte = key;
	u32 hash = initval ^ 2166136261u;

	while (length--)
		hash = (hash ^ *byte++) * 16777619u;
	return hash ^ hash >> 15;
}

#endif
