/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Arithmetic modulo p = 2^255 - 19 for curve25519.c, on machines that have a
 * 128-bit product. An element has five limbs of 51 bits. A limb is "tight" if
 * it is at most 2^51 + 2^13, as after a product or a load. It is "loose" if it
 * is at most 2^53, as after one addition or subtraction of tight limbs.
 */
#ifndef WG_CRYPTO_FE25519_U64_H
#define WG_CRYPTO_FE25519_U64_H

#include "bytes.h"
#include "int128.h"

#define WG_FE_LIMBS 5
#define WG_FE_MASK ((1ULL << 51) - 1)

typedef u64 wg_limb;

struct wg_fe {
	wg_limb v[WG_FE_LIMBS];
};

/* RFC 7748, section 5: the top bit is ignored. */
static void wg_fe_load(struct wg_fe *out, const u8 in[32])
{
	out->v[0] = wg_load_le64(in) & WG_FE_MASK;
	out->v[1] = wg_load_le64(in + 6) >> 3 & WG_FE_MASK;
	out->v[2] = wg_load_le64(in + 12) >> 6 & WG_FE_MASK;
	out->v[3] = wg_load_le64(in + 19) >> 1 & WG_FE_MASK;
	out->v[4] = wg_load_le64(in + 24) >> 12 & WG_FE_MASK;
}

/* Stores the representation below p. @a is tight. */
static void wg_fe_store(u8 out[32], const struct wg_fe *a)
{
	u64 t[WG_FE_LIMBS], carry = 0;
	int pass, i;

	/* The second pass absorbs the wrapped carry; the value is then < 2p. */
	for (i = 0; i < WG_FE_LIMBS; i++)
		t[i] = a->v[i];
	for (pass = 0; pass < 2; pass++) {
		for (i = 0; i < WG_FE_LIMBS; i++) {
			t[i] += carry;
			carry = t[i] >> 51;
			t[i] &= WG_FE_MASK;
		}
		carry *= 19;
	}
	t[0] += carry;

	/* carry = 1 if the value is >= p: adding 19 then reaches 2^255. */
	carry = 19;
	for (i = 0; i < WG_FE_LIMBS; i++)
		carry = (t[i] + carry) >> 51;
	carry *= 19;
	for (i = 0; i < WG_FE_LIMBS; i++) {
		t[i] += carry;
		carry = t[i] >> 51;
		t[i] &= WG_FE_MASK;
	}
	wg_store_le64(out, t[0] | t[1] << 51);
	wg_store_le64(out + 8, t[1] >> 13 | t[2] << 38);
	wg_store_le64(out + 16, t[2] >> 26 | t[3] << 25);
	wg_store_le64(out + 24, t[3] >> 39 | t[4] << 12);
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

	out->v[0] = a->v[0] + 2 * (WG_FE_MASK - 18) - b->v[0];
	for (i = 1; i < WG_FE_LIMBS; i++)
		out->v[i] = a->v[i] + 2 * WG_FE_MASK - b->v[i];
}

/*
 * Reduces columns to tight limbs. With loose factors a column is below
 * (1 + 4 * 19) 2^106 < 2^113. Nothing wraps into the top column, which is below
 * 5 * 2^106 < 2^109, so 19 times its carry fits in 64 bits.
 */
static __always_inline void wg_fe_carry(struct wg_fe *out, wg_u128 t0,
					wg_u128 t1, wg_u128 t2, wg_u128 t3,
					wg_u128 t4)
{
	u64 r0, r1;

	t1 += (u64)(t0 >> 51);
	t2 += (u64)(t1 >> 51);
	t3 += (u64)(t2 >> 51);
	t4 += (u64)(t3 >> 51);
	r0 = ((u64)t0 & WG_FE_MASK) + 19 * (u64)(t4 >> 51);
	r1 = ((u64)t1 & WG_FE_MASK) + (r0 >> 51);
	out->v[0] = r0 & WG_FE_MASK;
	out->v[1] = r1;
	out->v[2] = (u64)t2 & WG_FE_MASK;
	out->v[3] = (u64)t3 & WG_FE_MASK;
	out->v[4] = (u64)t4 & WG_FE_MASK;
}

/* Loose in, tight out; @out may be a factor. */
static void wg_fe_mul(struct wg_fe *out, const struct wg_fe *a,
		      const struct wg_fe *b)
{
	const u64 a0 = a->v[0], a1 = a->v[1], a2 = a->v[2], a3 = a->v[3],
		  a4 = a->v[4];
	const u64 b0 = b->v[0], b1 = b->v[1], b2 = b->v[2], b3 = b->v[3],
		  b4 = b->v[4];
	/* 2^255 = 19 mod p: products above the top limb wrap, times 19. */
	const u64 c1 = 19 * b1, c2 = 19 * b2, c3 = 19 * b3, c4 = 19 * b4;

	wg_fe_carry(out,
		    (wg_u128)a0 * b0 + (wg_u128)a1 * c4 + (wg_u128)a2 * c3 +
		    (wg_u128)a3 * c2 + (wg_u128)a4 * c1,
		    (wg_u128)a0 * b1 + (wg_u128)a1 * b0 + (wg_u128)a2 * c4 +
		    (wg_u128)a3 * c3 + (wg_u128)a4 * c2,
		    (wg_u128)a0 * b2 + (wg_u128)a1 * b1 + (wg_u128)a2 * b0 +
		    (wg_u128)a3 * c4 + (wg_u128)a4 * c3,
		    (wg_u128)a0 * b3 + (wg_u128)a1 * b2 + (wg_u128)a2 * b1 +
		    (wg_u128)a3 * b0 + (wg_u128)a4 * c4,
		    (wg_u128)a0 * b4 + (wg_u128)a1 * b3 + (wg_u128)a2 * b2 +
		    (wg_u128)a3 * b1 + (wg_u128)a4 * b0);
}

/* Loose in, tight out; @out may be @a. */
static void wg_fe_square(struct wg_fe *out, const struct wg_fe *a)
{
	const u64 a0 = a->v[0], a1 = a->v[1], a2 = a->v[2], a3 = a->v[3],
		  a4 = a->v[4];
	const u64 d0 = 2 * a0, d1 = 2 * a1, d2 = 2 * a2;
	const u64 c3 = 19 * a3, c4 = 19 * a4;

	wg_fe_carry(out,
		    (wg_u128)a0 * a0 + (wg_u128)d1 * c4 + (wg_u128)d2 * c3,
		    (wg_u128)d0 * a1 + (wg_u128)d2 * c4 + (wg_u128)a3 * c3,
		    (wg_u128)d0 * a2 + (wg_u128)a1 * a1 +
		    (wg_u128)(2 * a3) * c4,
		    (wg_u128)d0 * a3 + (wg_u128)d1 * a2 + (wg_u128)a4 * c4,
		    (wg_u128)d0 * a4 + (wg_u128)d1 * a3 + (wg_u128)a2 * a2);
}

/* @n below 2^20. Loose in, tight out; @out may be @a. */
static __always_inline void wg_fe_mul_small(struct wg_fe *out,
					    const struct wg_fe *a, u32 n)
{
	wg_fe_carry(out, (wg_u128)a->v[0] * n, (wg_u128)a->v[1] * n,
		    (wg_u128)a->v[2] * n, (wg_u128)a->v[3] * n,
		    (wg_u128)a->v[4] * n);
}

/* @out = @a + @n @b, @n below 2^20. @a tight and @b loose in, loose out; @out is not @a. */
static __always_inline void wg_fe_add_small(struct wg_fe *out, const struct wg_fe *a,
					    const struct wg_fe *b, u32 n)
{
	wg_fe_mul_small(out, b, n);
	wg_fe_add(out, out, a);
}

#endif /* WG_CRYPTO_FE25519_U64_H */
