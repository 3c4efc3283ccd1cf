/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Arithmetic modulo p = 2^255 - 19 for curve25519.c, on machines without a
 * 128-bit product. An element has ten limbs, alternately of 26 and 25 bits:
 * limb i has weight 2^ceil(25.5 i). A limb is "tight" if it exceeds the range
 * of its width by at most 2^17, as after a product or a load. It is "loose" if
 * it is at most three times that range plus a few bits, as after one addition
 * or subtraction of tight limbs.
 */
#ifndef WG_CRYPTO_FE25519_U32_H
#define WG_CRYPTO_FE25519_U32_H

#include "bytes.h"

#define WG_FE_LIMBS 10
/* The width of limb @i. */
#define WG_FE_BITS(i) ((i) & 1 ? 25 : 26)
#define WG_FE_MASK(i) ((1U << WG_FE_BITS(i)) - 1)

typedef u32 wg_limb;

struct wg_fe {
	wg_limb v[WG_FE_LIMBS];
};

/* RFC 7748, section 5: the top bit is ignored. */
static void wg_fe_load(struct wg_fe *out, const u8 in[32])
{
	/* First bit of each limb: ceil(25.5 i). */
	static const u8 bit[WG_FE_LIMBS] = {
		0, 26, 51, 77, 102, 128, 153, 179, 204, 230
	};
	int i;

	for (i = 0; i < WG_FE_LIMBS; i++)
		out->v[i] = wg_load_le32(in + bit[i] / 8) >> (bit[i] % 8) &
			    WG_FE_MASK(i);
}

/* Stores the representation below p. @a is tight. */
static void wg_fe_store(u8 out[32], const struct wg_fe *a)
{
	u32 t[WG_FE_LIMBS], carry = 0;
	int pass, i, bits = 0;
	u64 acc = 0;

	/* The second pass absorbs the wrapped carry; the value is then < 2p. */
	for (i = 0; i < WG_FE_LIMBS; i++)
		t[i] = a->v[i];
	for (pass = 0; pass < 2; pass++) {
		for (i = 0; i < WG_FE_LIMBS; i++) {
			t[i] += carry;
			carry = t[i] >> WG_FE_BITS(i);
			t[i] &= WG_FE_MASK(i);
		}
		carry *= 19;
	}
	t[0] += carry;

	/* carry = 1 if the value is >= p: adding 19 then reaches 2^255. */
	carry = 19;
	for (i = 0; i < WG_FE_LIMBS; i++)
		carry = (t[i] + carry) >> WG_FE_BITS(i);
	carry *= 19;
	for (i = 0; i < WG_FE_LIMBS; i++) {
		t[i] += carry;
		carry = t[i] >> WG_FE_BITS(i);
		t[i] &= WG_FE_MASK(i);
	}

	/* 255 bits: seven words, and one without its top bit. */
	for (i = 0; i < WG_FE_LIMBS; i++) {
		acc |= (u64)t[i] << bits;
		bits += WG_FE_BITS(i);
		if (bits >= 32) {
			wg_store_le32(out, (u32)acc);
			out += 4;
			acc >>= 32;
			bits -= 32;
		}
	}
	wg_store_le32(out, (u32)acc);
	memzero_explicit(t, sizeof(t));
}

/* Tight in, loose out. */
static __always_inline void wg_fe_add(struct wg_fe *out, const struct wg_fe *a,
				      const struct wg_fe *b)
{
	int i;

	for (i = 0; i < WG_FE_LIMBS; i++)
		out->v[i] = a->v[i] + b->v[i];
}

/* a - b + 2p, so that no limb is negative. Tight in, loose out. */
static __always_inline void wg_fe_sub(struct wg_fe *out, const struct wg_fe *a,
				      const struct wg_fe *b)
{
	int i;

	out->v[0] = a->v[0] + 2 * (WG_FE_MASK(0) - 18) - b->v[0];
	for (i = 1; i < WG_FE_LIMBS; i++)
		out->v[i] = a->v[i] + 2 * WG_FE_MASK(i) - b->v[i];
}

/*
 * Reduces columns to tight limbs. A carry out of a column below 2^63 is below
 * 2^38, and 19 times the last carry is below 2^43, so limb 1 exceeds its range
 * by at most 2^17.
 */
static void wg_fe_carry(struct wg_fe *out, const u64 t[WG_FE_LIMBS])
{
	u64 acc = 0;
	int i;

	for (i = 0; i < WG_FE_LIMBS; i++) {
		acc += t[i];
		out->v[i] = (u32)acc & WG_FE_MASK(i);
		acc >>= WG_FE_BITS(i);
	}
	acc = 19 * acc + out->v[0];
	out->v[0] = (u32)acc & WG_FE_MASK(0);
	out->v[1] += (u32)(acc >> WG_FE_BITS(0));
}

/*
 * Loose in, tight out; @out may be a factor.
 *
 * The product of limbs i and j belongs to column i + j. If i and j are odd, the
 * product has twice the weight of the column. From column 10 on it wraps to
 * column i + j - 10, times 19 (2^255 = 19 mod p). In an even column i and j are
 * both even or both odd; in an odd column only one of them is odd. So factor[0],
 * for even columns, has the odd limbs doubled, and factor[1] has not. The greatest
 * column is column 0: with loose limbs of
 * 3 * 2^26 and 3 * 2^25 it is
 * 9 * 2^52 * (1 + 19 * 4) + 9 * 2^50 * 2 * 19 * 5 < 2^63.
 * 19 times a loose limb is 57 * 2^26 < 2^32.
 */
static void wg_fe_mul(struct wg_fe *out, const struct wg_fe *a,
		      const struct wg_fe *b)
{
	u32 factor[2][WG_FE_LIMBS], wrapped[2 * WG_FE_LIMBS];
	u64 t[WG_FE_LIMBS];
	int i, k;

	for (i = 0; i < WG_FE_LIMBS; i++) {
		factor[0][i] = a->v[i] << (i & 1);
		factor[1][i] = a->v[i];
		wrapped[i] = 19 * b->v[i];
		wrapped[WG_FE_LIMBS + i] = b->v[i];
	}
	for (k = 0; k < WG_FE_LIMBS; k++) {
		const u32 *f = factor[k & 1], *g = wrapped + WG_FE_LIMBS + k;

		t[k] = 0;
		for (i = 0; i < WG_FE_LIMBS; i++)
			t[k] += (u64)f[i] * g[-i];
	}
	wg_fe_carry(out, t);
	memzero_explicit(factor, sizeof(factor));
	memzero_explicit(wrapped, sizeof(wrapped));
	memzero_explicit(t, sizeof(t));
}

static void wg_fe_square(struct wg_fe *out, const struct wg_fe *a)
{
	wg_fe_mul(out, a, a);
}

/* @n below 2^20. Loose in, tight out; @out may be @a. */
static void wg_fe_mul_small(struct wg_fe *out, const struct wg_fe *a, u32 n)
{
	u64 t[WG_FE_LIMBS];
	int i;

	for (i = 0; i < WG_FE_LIMBS; i++)
		t[i] = (u64)a->v[i] * n;
	wg_fe_carry(out, t);
	memzero_explicit(t, sizeof(t));
}

/* @out = @a + @n @b, @n below 2^20. @a tight and @b loose in, loose out. */
static __always_inline void wg_fe_add_small(struct wg_fe *out, const struct wg_fe *a,
					    const struct wg_fe *b, u32 n)
{
	wg_fe_mul_small(out, b, n);
	wg_fe_add(out, out, a);
}

#endif /* WG_CRYPTO_FE25519_U32_H */
