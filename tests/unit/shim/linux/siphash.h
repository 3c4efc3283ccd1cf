/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Host stand-in: a keyed mix of three words with SipHash's call form. It spreads
 * well, which is what a test needs; it is not SipHash.
 */
#ifndef SHIM_LINUX_SIPHASH_H
#define SHIM_LINUX_SIPHASH_H

#include <linux/types.h>

typedef struct {
	u64 key[2];
} siphash_key_t;

static inline u64 shim_mix(u64 x)
{
	x = (x ^ x >> 32) * 0xd6e8feb86659fd93ULL;
	x = (x ^ x >> 29) * 0xff51afd7ed558ccdULL;
	return x ^ x >> 32;
}

static inline u64 siphash_3u64(u64 a, u64 b, u64 c, const siphash_key_t *key)
{
	return shim_mix(shim_mix(shim_mix(a ^ key->key[0]) + b) + c + key->key[1]);
}

#endif
