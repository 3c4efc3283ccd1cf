// SPDX-License-Identifier: GPL-2.0
/*
 * Poly1305 in portable C, written from RFC 8439: arithmetic modulo
 * p = 2^130 - 5, with 64-bit limbs, or with 26-bit limbs for machines without a
 * 128-bit product. No branch and no address depends on the key or the message.
 * All blocks are whole blocks: see poly1305.h.
 */
#include "poly1305.h"

#include <linux/compiler.h>
#include <linux/string.h>

#include "bytes.h"

#ifdef WG_INT128

static void wg_poly1305_set_r(struct wg_poly1305 *st, const u8 key[16])
{
	st->r[0] = wg_load_le64(key) & 0x0ffffffc0fffffffULL;
	st->r[1] = wg_load_le64(key + 8) & 0x0ffffffc0ffffffcULL;
}

/*
 * h = (h + block + 2^128) * r mod p, @blocks times, h = h0 + h1 2^64 + h2 2^128.
 *
 * Clamping leaves r < 2^124 and r1 a multiple of 4, so that
 * r1 2^128 = (r1 / 4) 2^130 = 5 (r1 / 4) mod p. That is s1, so every product
 * wraps around without a shift. h2 stays below 8, so the sums fit in 128 bits
 * (d0, d1) and 64 bits (d2).
 */
static void wg_poly1305_blocks(struct wg_poly1305 *st, const u8 *in,
			       size_t blocks)
{
	const u64 r0 = st->r[0], r1 = st->r[1], s1 = r1 + (r1 >> 2);
	u64 h0 = st->h[0], h1 = st->h[1], h2 = st->h[2], d2;
	wg_u128 d0, d1;

	for (; blocks; --blocks, in += WG_POLY1305_BLOCK_LEN) {
		d0 = (wg_u128)h0 + wg_load_le64(in);
		d1 = (wg_u128)h1 + wg_load_le64(in + 8) + (u64)(d0 >> 64);
		h0 = (u64)d0;
		h1 = (u64)d1;
		h2 += (u64)(d1 >> 64) + 1;

		d0 = (wg_u128)h0 * r0 + (wg_u128)h1 * s1;
		d1 = (wg_u128)h0 * r1 + (wg_u128)h1 * r0 + (wg_u128)h2 * s1;
		d2 = h2 * r0;

		d1 += (u64)(d0 >> 64);
		d2 += (u64)(d1 >> 64);

		/* Adds the bits from 2^130 on, times 5: four times and once. */
		d0 = (wg_u128)(u64)d0 + (d2 & ~3ULL) + (d2 >> 2);
		d1 = (wg_u128)(u64)d1 + (u64)(d0 >> 64);
		h0 = (u64)d0;
		h1 = (u64)d1;
		h2 = (d2 & 3) + (u64)(d1 >> 64);
	}
	st->h[0] = h0;
	st->h[1] = h1;
	st->h[2] = h2;
}

/* The low 128 bits of h mod p, as four words. h < 2p. */
static void wg_poly1305_reduce(const struct wg_poly1305 *st, u32 out[4])
{
	u64 h0 = st->h[0], h1 = st->h[1], g0, g1, g2, mask;
	wg_u128 d;

	/* g = h - p + 2^130; h is at least p if g reaches 2^130. */
	d = (wg_u128)h0 + 5;
	g0 = (u64)d;
	d = (wg_u128)h1 + (u64)(d >> 64);
	g1 = (u64)d;
	g2 = st->h[2] + (u64)(d >> 64);

	mask = 0 - (g2 >> 2);
	OPTIMIZER_HIDE_VAR(mask);
	h0 ^= mask & (h0 ^ g0);
	h1 ^= mask & (h1 ^ g1);

	out[0] = (u32)h0;
	out[1] = (u32)(h0 >> 32);
	out[2] = (u32)h1;
	out[3] = (u32)(h1 >> 32);
}

#else /* !WG_INT128 */

#define LIMB_MASK 0x3ffffffU

/* Splits four words into five limbs of 26 bits; the last limb has 24 bits. */
static __always_inline void wg_poly1305_split(u32 limb[5], const u32 w[4])
{
	limb[0] = w[0] & LIMB_MASK;
	limb[1] = (w[0] >> 26 | w[1] << 6) & LIMB_MASK;
	limb[2] = (w[1] >> 20 | w[2] << 12) & LIMB_MASK;
	limb[3] = (w[2] >> 14 | w[3] << 18) & LIMB_MASK;
	limb[4] = w[3] >> 8;
}

static void wg_poly1305_set_r(struct wg_poly1305 *st, const u8 key[16])
{
	u32 w[4];

	w[0] = wg_load_le32(key) & 0x0fffffff;
	w[1] = wg_load_le32(key + 4) & 0x0ffffffc;
	w[2] = wg_load_le32(key + 8) & 0x0ffffffc;
	w[3] = wg_load_le32(key + 12) & 0x0ffffffc;
	wg_poly1305_split(st->r, w);
	memzero_explicit(w, sizeof(w));
}

/*
 * h = (h + block + 2^128) * r mod p, @blocks times. The limbs of h are below
 * 2^27 before the product and those of r below 2^26. 5 r fits in 32 bits, and a
 * column of five products is below 2^59.
 */
static void wg_poly1305_blocks(struct wg_poly1305 *st, const u8 *in,
			       size_t blocks)
{
	const u32 r0 = st->r[0], r1 = st->r[1], r2 = st->r[2], r3 = st->r[3],
		  r4 = st->r[4];
	/* 2^130 = 5 mod p: products above the top limb wrap around, times 5. */
	const u32 s1 = 5 * r1, s2 = 5 * r2, s3 = 5 * r3, s4 = 5 * r4;
	u32 h0 = st->h[0], h1 = st->h[1], h2 = st->h[2], h3 = st->h[3],
	    h4 = st->h[4], w[4], m[5];
	u64 d0, d1, d2, d3, d4;

	for (; blocks; --blocks, in += WG_POLY1305_BLOCK_LEN) {
		w[0] = wg_load_le32(in);
		w[1] = wg_load_le32(in + 4);
		w[2] = wg_load_le32(in + 8);
		w[3] = wg_load_le32(in + 12);
		wg_poly1305_split(m, w);
		h0 += m[0];
		h1 += m[1];
		h2 += m[2];
		h3 += m[3];
		h4 += m[4] | 1U << 24;

		d0 = (u64)h0 * r0 + (u64)h1 * s4 + (u64)h2 * s3 +
		     (u64)h3 * s2 + (u64)h4 * s1;
		d1 = (u64)h0 * r1 + (u64)h1 * r0 + (u64)h2 * s4 +
		     (u64)h3 * s3 + (u64)h4 * s2;
		d2 = (u64)h0 * r2 + (u64)h1 * r1 + (u64)h2 * r0 +
		     (u64)h3 * s4 + (u64)h4 * s3;
		d3 = (u64)h0 * r3 + (u64)h1 * r2 + (u64)h2 * r1 +
		     (u64)h3 * r0 + (u64)h4 * s4;
		d4 = (u64)h0 * r4 + (u64)h1 * r3 + (u64)h2 * r2 +
		     (u64)h3 * r1 + (u64)h4 * r0;

		d1 += d0 >> 26;
		d2 += d1 >> 26;
		d3 += d2 >> 26;
		d4 += d3 >> 26;
		d0 = (d0 & LIMB_MASK) + 5 * (d4 >> 26);
		h0 = (u32)d0 & LIMB_MASK;
		h1 = ((u32)d1 & LIMB_MASK) + (u32)(d0 >> 26);
		h2 = (u32)d2 & LIMB_MASK;
		h3 = (u32)d3 & LIMB_MASK;
		h4 = (u32)d4 & LIMB_MASK;
	}
	st->h[0] = h0;
	st->h[1] = h1;
	st->h[2] = h2;
	st->h[3] = h3;
	st->h[4] = h4;
}

/* The low 128 bits of h mod p, as four words. */
static void wg_poly1305_reduce(const struct wg_poly1305 *st, u32 out[4])
{
	u32 h[5], g[5], carry, mask;
	int i;

	/*
	 * Only h1 may exceed its limb. If its carry goes through to the top, h2..h4
	 * become zero and h1 is small, so that it takes the carry of h0, which may
	 * exceed its limb after the wrap.
	 */
	memcpy(h, st->h, sizeof(h));
	carry = 0;
	for (i = 1; i < 5; i++) {
		h[i] += carry;
		carry = h[i] >> 26;
		h[i] &= LIMB_MASK;
	}
	h[0] += 5 * carry;
	h[1] += h[0] >> 26;
	h[0] &= LIMB_MASK;

	/* g = h - p + 2^130; h is at least p if g reaches 2^130. */
	carry = 5;
	for (i = 0; i < 5; i++) {
		g[i] = h[i] + carry;
		carry = g[i] >> 26;
		g[i] &= LIMB_MASK;
	}
	mask = 0 - carry;
	OPTIMIZER_HIDE_VAR(mask);
	for (i = 0; i < 5; i++)
		h[i] ^= mask & (h[i] ^ g[i]);

	out[0] = h[0] | h[1] << 26;
	out[1] = h[1] >> 6 | h[2] << 20;
	out[2] = h[2] >> 12 | h[3] << 14;
	out[3] = h[3] >> 18 | h[4] << 8;
	memzero_explicit(h, sizeof(h));
	memzero_explicit(g, sizeof(g));
}

#endif /* WG_INT128 */

void wg_poly1305_init(struct wg_poly1305 *st, const u8 key[32])
{
	int i;

	memset(st->h, 0, sizeof(st->h));
	wg_poly1305_set_r(st, key);
	for (i = 0; i < 4; i++)
		st->s[i] = wg_load_le32(key + 16 + 4 * i);
}

void wg_poly1305_update_padded(struct wg_poly1305 *st, const u8 *in,
			       size_t len)
{
	size_t blocks = len / WG_POLY1305_BLOCK_LEN, rest = len % WG_POLY1305_BLOCK_LEN;
	u8 last[WG_POLY1305_BLOCK_LEN] = { 0 };

	wg_poly1305_blocks(st, in, blocks);
	/* @in may be NULL if @len is 0. */
	if (!rest)
		return;
	/* Ciphertext or associated data is not secret and need not be wiped. */
	memcpy(last, in + len - rest, rest);
	wg_poly1305_blocks(st, last, 1);
}

void wg_poly1305_final(struct wg_poly1305 *st, u8 tag[WG_POLY1305_TAG_LEN])
{
	u64 sum = 0;
	u32 h[4];
	int i;

	wg_poly1305_reduce(st, h);
	for (i = 0; i < 4; i++) {
		sum += (u64)h[i] + st->s[i];
		wg_store_le32(tag + 4 * i, (u32)sum);
		sum >>= 32;
	}
	memzero_explicit(h, sizeof(h));
	memzero_explicit(st, sizeof(*st));
}
