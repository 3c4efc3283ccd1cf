/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Host stand-in: random numbers of a fixed sequence, so that a failure is reproducible. A test
 * can set the next results of get_random_u32() and the next bytes of get_random_bytes().
 */
#ifndef SHIM_LINUX_RANDOM_H
#define SHIM_LINUX_RANDOM_H

#include_next <linux/random.h>
#include <linux/types.h>

SHIM_SHARED u64 shim_random_state = 0x9e3779b97f4a7c15ULL;
/* While shim_draws_left is not 0, get_random_u32() takes from shim_draws. */
SHIM_SHARED const u32 *shim_draws;
SHIM_SHARED size_t shim_draws_left;
/* The same for get_random_bytes(), byte by byte. */
SHIM_SHARED const u8 *shim_bytes;
SHIM_SHARED size_t shim_bytes_left;

static inline u64 shim_random_u64(void)
{
	shim_random_state ^= shim_random_state << 13;
	shim_random_state ^= shim_random_state >> 7;
	shim_random_state ^= shim_random_state << 17;
	return shim_random_state * 0x2545f4914f6cdd1dULL;
}

static inline u32 get_random_u32(void)
{
	if (shim_draws_left) {
		shim_draws_left--;
		return *shim_draws++;
	}
	return shim_random_u64() >> 32;
}

static inline void get_random_bytes(void *buf, size_t len)
{
	u8 *p = buf;

	for (; len && shim_bytes_left; len--, shim_bytes_left--)
		*p++ = *shim_bytes++;
	while (len--)
		*p++ = shim_random_u64() >> 56;
}

/* A draw that a test has set is returned unchanged if it is below the ceiling. */
static inline u32 get_random_u32_below(u32 ceiling)
{
	return get_random_u32() % ceiling;
}

#endif
