/* SPDX-License-Identifier: GPL-2.0 */
/* Host stand-in: single bits and rotations. */
#ifndef SHIM_LINUX_BITOPS_H
#define SHIM_LINUX_BITOPS_H

#include <linux/types.h>

#define BITS_PER_BYTE 8
#define BITS_PER_LONG (8 * (int)sizeof(long))
#define BIT(n) (1UL << (n))
#define BIT_ULL(n) (1ULL << (n))

#define set_bit(n, word) ((void)(*(word) |= BIT(n)))
#define clear_bit(n, word) ((void)(*(word) &= ~BIT(n)))

static inline bool test_and_set_bit(int n, unsigned long *word)
{
	bool was = *word & BIT(n);

	*word |= BIT(n);
	return was;
}

static inline int fls64(u64 x)
{
	return x ? 64 - __builtin_clzll(x) : 0;
}

static inline int fls(unsigned int x)
{
	return x ? 32 - __builtin_clz(x) : 0;
}

static inline u32 rol32(u32 x, unsigned int n)
{
	return x << (n & 31) | x >> (-n & 31);
}

static inline u32 ror32(u32 x, unsigned int n)
{
	return x >> (n & 31) | x << (-n & 31);
}

static inline u64 rol64(u64 x, unsigned int n)
{
	return x << (n & 63) | x >> (-n & 63);
}

#endif
