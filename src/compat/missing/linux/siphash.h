/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Only for kernels without <linux/siphash.h> (before 4.11): SipHash-2-4 of
 * three words, by the paper (Aumasson and Bernstein, "SipHash: a fast short-input
 * PRF", 2012, section 2).
 */
#ifndef WG_COMPAT_SIPHASH_H
#define WG_COMPAT_SIPHASH_H

#include <linux/types.h>

typedef struct {
	u64 key[2];
} siphash_key_t;

static inline u64 compat_sip_rotate(u64 x, unsigned int bits)
{
	return x << bits | x >> (64 - bits);
}

static inline void compat_sip_round(u64 v[4])
{
	v[0] += v[1];
	v[2] += v[3];
	v[1] = compat_sip_rotate(v[1], 13) ^ v[0];
	v[3] = compat_sip_rotate(v[3], 16) ^ v[2];
	v[0] = compat_sip_rotate(v[0], 32);
	v[2] += v[1];
	v[0] += v[3];
	v[1] = compat_sip_rotate(v[1], 17) ^ v[2];
	v[3] = compat_sip_rotate(v[3], 21) ^ v[0];
	v[2] = compat_sip_rotate(v[2], 32);
}

static inline void compat_sip_absorb(u64 v[4], u64 word)
{
	v[3] ^= word;
	compat_sip_round(v);
	compat_sip_round(v);
	v[0] ^= word;
}

static inline u64 siphash_3u64(u64 a, u64 b, u64 c, const siphash_key_t *key)
{
	u64 v[4] = {
		key->key[0] ^ 0x736f6d6570736575ULL, key->key[1] ^ 0x646f72616e646f6dULL,
		key->key[0] ^ 0x6c7967656e657261ULL, key->key[1] ^ 0x7465646279746573ULL,
	};
	unsigned int i;

	compat_sip_absorb(v, a);
	compat_sip_absorb(v, b);
	compat_sip_absorb(v, c);
	/* The top byte of the last word is the length of the message. */
	compat_sip_absorb(v, 3 * sizeof(u64) * (1ULL << 56));
	v[2] ^= 0xff;
	for (i = 0; i < 4; i++)
		compat_sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

#endif /* WG_COMPAT_SIPHASH_H */
