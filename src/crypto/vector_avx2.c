// SPDX-License-Identifier: GPL-2.0
/*
 * ChaCha20 and Poly1305 with AVX2: eight blocks of key stream at once, and four
 * blocks of the MAC. The instruction set is selected here, so that the file
 * compiles with the flags of any kernel, which switch vector registers off.
 */
#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#else
#pragma GCC target("avx2")
#endif

#include "vector_sets.h"

#include <linux/compiler.h>

#include "bytes.h"
#include "chacha20.h"
#include "poly1305.h"
#include "wipe.h"

typedef u32 wg_lanes __attribute__((__vector_size__(32)));
typedef u32 wg_lanes_at_any __attribute__((__vector_size__(32), __may_alias__)) __aligned(1);

#define WG_LANES 8
static const wg_lanes wg_lanes_numbers = { 0, 1, 2, 3, 4, 5, 6, 7 };

static const char wg_avx2_rol16 __attribute__((__vector_size__(32))) = {
	2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13,
	2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13,
};

static const char wg_avx2_rol8 __attribute__((__vector_size__(32))) = {
	3, 0, 1, 2, 7, 4, 5, 6, 11, 8, 9, 10, 15, 12, 13, 14,
	3, 0, 1, 2, 7, 4, 5, 6, 11, 8, 9, 10, 15, 12, 13, 14,
};

static __always_inline wg_lanes wg_lanes_rol(wg_lanes v, int n)
{
	const __typeof__(wg_avx2_rol16) bytes = (__typeof__(wg_avx2_rol16))v;

	if (n == 16)
		return (wg_lanes)__builtin_ia32_pshufb256(bytes, wg_avx2_rol16);
	if (n == 8)
		return (wg_lanes)__builtin_ia32_pshufb256(bytes, wg_avx2_rol8);
	return v << n | v >> (32 - n);
}

/* In each half: a0 b0 a1 b1, and a2 b2 a3 b3. */
static __always_inline void wg_lanes_mix32(wg_lanes *a, wg_lanes *b)
{
	wg_lanes low, high;

	asm("vpunpckldq %2, %1, %0" : "=x" (low) : "x" (*a), "x" (*b));
	asm("vpunpckhdq %2, %1, %0" : "=x" (high) : "x" (*a), "x" (*b));
	*a = low;
	*b = high;
}

/* In each half: a0 a1 b0 b1, and a2 a3 b2 b3. */
static __always_inline void wg_lanes_mix64(wg_lanes *a, wg_lanes *b)
{
	wg_lanes low, high;

	asm("vpunpcklqdq %2, %1, %0" : "=x" (low) : "x" (*a), "x" (*b));
	asm("vpunpckhqdq %2, %1, %0" : "=x" (high) : "x" (*a), "x" (*b));
	*a = low;
	*b = high;
}

/* The low halves of both, and the high halves. */
static __always_inline void wg_avx2_mix128(wg_lanes *a, wg_lanes *b)
{
	wg_lanes low, high;

	asm("vperm2i128 $0x20, %2, %1, %0" : "=x" (low) : "x" (*a), "x" (*b));
	asm("vperm2i128 $0x31, %2, %1, %0" : "=x" (high) : "x" (*a), "x" (*b));
	*a = low;
	*b = high;
}

static __always_inline void wg_lanes_join(wg_lanes *blocks, const wg_lanes *w, int i, int n)
{
	wg_lanes a = w[i], b = w[i + 4], c = w[i + 8], d = w[i + 12];

	wg_avx2_mix128(&a, &b);
	wg_avx2_mix128(&c, &d);
	blocks[2 * n] = a;
	blocks[2 * n + 1] = c;
	blocks[2 * (n + 4)] = b;
	blocks[2 * (n + 4) + 1] = d;
}

#include "chacha20_lanes.h"

void wg_chacha20_avx2(const u8 key[32], const struct wg_chacha20_run *runs, unsigned int count)
{
	WG_ALIGN_STACK();
	wg_lanes_runs(key, runs, count);
}

/*
 * Poly1305 modulo 2^130 - 5 with limbs of 26 bits: a vector has the same limb of
 * four numbers, in 64 bits each.
 */
typedef u64 wg_quad __attribute__((__vector_size__(32)));
typedef u64 wg_quad_at_any __attribute__((__vector_size__(32), __may_alias__)) __aligned(1);

#define WG_QUAD_MASK 0x3ffffffULL

/* Four multipliers, and 5 times them for the products that wrap around 2^130. */
struct wg_quad_factor {
	wg_quad r0, r1, r2, r3, r4, s1, s2, s3, s4;
};

static __always_inline wg_quad wg_quad_all(u64 x)
{
	return x - (wg_quad){ 0 };
}

/* The product of the low 32 bits. */
static __always_inline wg_quad wg_quad_mul(wg_quad a, wg_quad b)
{
#ifdef __clang__
	return (a & 0xffffffff) * (b & 0xffffffff);
#else
	typedef s32 wg_ints __attribute__((__vector_size__(32)));

	return (wg_quad)__builtin_ia32_pmuludq256((wg_ints)a, (wg_ints)b);
#endif
}

static __always_inline void wg_quad_factor(struct wg_quad_factor *f, const wg_quad r[5])
{
	f->r0 = r[0];
	f->r1 = r[1];
	f->r2 = r[2];
	f->r3 = r[3];
	f->r4 = r[4];
	f->s1 = r[1] + (r[1] << 2);
	f->s2 = r[2] + (r[2] << 2);
	f->s3 = r[3] + (r[3] << 2);
	f->s4 = r[4] + (r[4] << 2);
}

static __always_inline void wg_quad_row(wg_quad h[5], wg_quad a, wg_quad f0, wg_quad f1, wg_quad f2,
					wg_quad f3, wg_quad f4)
{
	h[0] += wg_quad_mul(a, f0);
	h[1] += wg_quad_mul(a, f1);
	h[2] += wg_quad_mul(a, f2);
	h[3] += wg_quad_mul(a, f3);
	h[4] += wg_quad_mul(a, f4);
	/* Without this gcc computes many products before it adds them, and spills them. */
	asm("" : "+x" (h[0]), "+x" (h[1]), "+x" (h[2]), "+x" (h[3]), "+x" (h[4]));
}

/*
 * h += a * f, without carries. The limbs of a are below 2^28, those of f below
 * 2^27, 5 f below 2^30: a column of two such products is below 2^62.
 */
static __always_inline void wg_quad_mul_add(wg_quad h[5], const wg_quad a[5],
					    const struct wg_quad_factor *f)
{
	wg_quad_row(h, a[0], f->r0, f->r1, f->r2, f->r3, f->r4);
	wg_quad_row(h, a[1], f->s4, f->r0, f->r1, f->r2, f->r3);
	wg_quad_row(h, a[2], f->s3, f->s4, f->r0, f->r1, f->r2);
	wg_quad_row(h, a[3], f->s2, f->s3, f->s4, f->r0, f->r1);
	wg_quad_row(h, a[4], f->s1, f->s2, f->s3, f->s4, f->r0);
}

/*
 * Carries from columns to limbs, in two chains side by side: from 0 and from 3.
 * Then limbs 1 and 4 may exceed 2^26, by a carry below 2^14.
 */
static __always_inline void wg_quad_carry(wg_quad h[5])
{
	wg_quad c, d;

	c = h[0] >> 26;
	d = h[3] >> 26;
	h[0] &= WG_QUAD_MASK;
	h[3] &= WG_QUAD_MASK;
	h[1] += c;
	h[4] += d;
	c = h[1] >> 26;
	d = h[4] >> 26;
	h[1] &= WG_QUAD_MASK;
	h[4] &= WG_QUAD_MASK;
	h[2] += c;
	h[0] += d + (d << 2);
	c = h[2] >> 26;
	d = h[0] >> 26;
	h[2] &= WG_QUAD_MASK;
	h[0] &= WG_QUAD_MASK;
	h[3] += c;
	h[1] += d;
	c = h[3] >> 26;
	h[3] &= WG_QUAD_MASK;
	h[4] += c;
}

/*
 * Splits four numbers of 128 bits into limbs. @a and @b have two numbers each.
 * The lanes get numbers 0, 2, 1 and 3.
 */
static __always_inline void wg_quad_split(wg_quad limb[5], wg_quad a, wg_quad b)
{
	wg_quad low, high;

	asm("vpunpcklqdq %2, %1, %0" : "=x" (low) : "x" (a), "x" (b));
	asm("vpunpckhqdq %2, %1, %0" : "=x" (high) : "x" (a), "x" (b));
	limb[0] = low & WG_QUAD_MASK;
	limb[1] = low >> 26 & WG_QUAD_MASK;
	limb[2] = (low >> 52 | high << 12) & WG_QUAD_MASK;
	limb[3] = high >> 14 & WG_QUAD_MASK;
	limb[4] = high >> 40;
}

/* Adds four blocks, each with its bit 2^128. */
static __always_inline void wg_quad_add_blocks(wg_quad h[5], const u8 *in)
{
	const wg_quad_at_any *from = (const wg_quad_at_any *)in;
	wg_quad m[5];

	wg_quad_split(m, from[0], from[1]);
	h[0] += m[0];
	h[1] += m[1];
	h[2] += m[2];
	h[3] += m[3];
	h[4] += m[4] | 1ULL << 24;
}

/* p = a * f, with carries. */
static __always_inline void wg_quad_product(wg_quad p[5], const wg_quad a[5],
					    const struct wg_quad_factor *f)
{
	p[0] = p[1] = p[2] = p[3] = p[4] = wg_quad_all(0);
	wg_quad_mul_add(p, a, f);
	wg_quad_carry(p);
}

/* Stores one limb of r^4, r^2, r^3 and r^1 of up to four messages. */
static __always_inline void wg_quad_store_lanes(struct wg_poly1305_powers *powers,
						unsigned int count, int limb, wg_quad r4,
						wg_quad r2, wg_quad r3, wg_quad r1)
{
	wg_quad low, high, low2, high2, t;

	asm("vpunpcklqdq %2, %1, %0" : "=x" (low) : "x" (r4), "x" (r2));
	asm("vpunpckhqdq %2, %1, %0" : "=x" (high) : "x" (r4), "x" (r2));
	asm("vpunpcklqdq %2, %1, %0" : "=x" (low2) : "x" (r3), "x" (r1));
	asm("vpunpckhqdq %2, %1, %0" : "=x" (high2) : "x" (r3), "x" (r1));
	/* The lanes have messages 0, 2, 1 and 3: see wg_quad_split(). */
	asm("vperm2i128 $0x20, %2, %1, %0" : "=x" (t) : "x" (low), "x" (low2));
	*(wg_quad_at_any *)powers[0].limb26.lanes[limb] = t;
	if (count > 1) {
		asm("vperm2i128 $0x31, %2, %1, %0" : "=x" (t) : "x" (low), "x" (low2));
		*(wg_quad_at_any *)powers[1].limb26.lanes[limb] = t;
	}
	if (count > 2) {
		asm("vperm2i128 $0x20, %2, %1, %0" : "=x" (t) : "x" (high), "x" (high2));
		*(wg_quad_at_any *)powers[2].limb26.lanes[limb] = t;
	}
	if (count > 3) {
		asm("vperm2i128 $0x31, %2, %1, %0" : "=x" (t) : "x" (high), "x" (high2));
		*(wg_quad_at_any *)powers[3].limb26.lanes[limb] = t;
	}
}

/* The same for r^8. */
static __always_inline void wg_quad_store_twice(struct wg_poly1305_powers *powers,
						unsigned int count, int limb, wg_quad r8)
{
	powers[0].limb26.twice[limb] = r8[0];
	if (count > 1)
		powers[1].limb26.twice[limb] = r8[2];
	if (count > 2)
		powers[2].limb26.twice[limb] = r8[1];
	if (count > 3)
		powers[3].limb26.twice[limb] = r8[3];
}

/* r of two messages. */
static __always_inline wg_quad wg_quad_r(const u8 key0[32], const u8 key1[32])
{
	const wg_quad clamp = { 0x0ffffffc0fffffffULL, 0x0ffffffc0ffffffcULL,
				0x0ffffffc0fffffffULL, 0x0ffffffc0ffffffcULL };

	return clamp & (wg_quad){ wg_load_le64(key0), wg_load_le64(key0 + 8),
				  wg_load_le64(key1), wg_load_le64(key1 + 8) };
}

/* The lanes are messages, so that the powers of up to four take the time of one. */
void wg_powers_avx2(struct wg_poly1305_powers *powers, const u8 keys[][32], unsigned int count)
{
	wg_quad r1[5], r2[5], r3[5], r4[5], r8[5];
	struct wg_quad_factor f;

	WG_ALIGN_STACK();
	wg_quad_split(r1, wg_quad_r(keys[0], keys[count > 1 ? 1 : 0]),
		      wg_quad_r(keys[count > 2 ? 2 : 0], keys[count > 3 ? 3 : 0]));
	wg_quad_factor(&f, r1);
	wg_quad_product(r2, r1, &f);
	wg_quad_product(r3, r2, &f);
	wg_quad_product(r4, r3, &f);
	wg_quad_store_lanes(powers, count, 0, r4[0], r2[0], r3[0], r1[0]);
	wg_quad_store_lanes(powers, count, 1, r4[1], r2[1], r3[1], r1[1]);
	wg_quad_store_lanes(powers, count, 2, r4[2], r2[2], r3[2], r1[2]);
	wg_quad_store_lanes(powers, count, 3, r4[3], r2[3], r3[3], r1[3]);
	wg_quad_store_lanes(powers, count, 4, r4[4], r2[4], r3[4], r1[4]);
	wg_quad_factor(&f, r4);
	wg_quad_product(r8, r4, &f);
	wg_quad_store_twice(powers, count, 0, r8[0]);
	wg_quad_store_twice(powers, count, 1, r8[1]);
	wg_quad_store_twice(powers, count, 2, r8[2]);
	wg_quad_store_twice(powers, count, 3, r8[3]);
	wg_quad_store_twice(powers, count, 4, r8[4]);
}

/* The sum of the lanes of each column, carried into @st. The columns are below 2^61. */
static __always_inline void wg_quad_sum(struct wg_poly1305 *st, const wg_quad d[5])
{
	wg_u128 low, high;

	low = (wg_u128)(d[0][0] + d[0][1] + d[0][2] + d[0][3]) +
	      ((wg_u128)(d[1][0] + d[1][1] + d[1][2] + d[1][3]) << 26) +
	      ((wg_u128)(d[2][0] + d[2][1] + d[2][2] + d[2][3]) << 52);
	high = (low >> 64) + ((wg_u128)(d[3][0] + d[3][1] + d[3][2] + d[3][3]) << 14) +
	       ((wg_u128)(d[4][0] + d[4][1] + d[4][2] + d[4][3]) << 40);
	wg_poly1305_set_sum(st, low, high);
}

/* A multiplication in progress. */
struct wg_quad_state {
	wg_quad h[5];
	struct wg_quad_factor once, twice;
};

/*
 * The functions for the begin, the blocks and the end are not inlined: in one
 * function the compiler would give each its own part of a large frame.
 */
static noinline void wg_quad_begin(struct wg_quad_state *state, const struct wg_poly1305 *st,
				   const struct wg_poly1305_powers *powers)
{
	const u64 *lanes = powers->limb26.lanes[0], *twice = powers->limb26.twice;
	wg_quad r[5];

	WG_ALIGN_STACK();
	/* Lane 0 has r^4. */
	r[0] = wg_quad_all(lanes[0]);
	r[1] = wg_quad_all(lanes[4]);
	r[2] = wg_quad_all(lanes[8]);
	r[3] = wg_quad_all(lanes[12]);
	r[4] = wg_quad_all(lanes[16]);
	wg_quad_factor(&state->once, r);
	r[0] = wg_quad_all(twice[0]);
	r[1] = wg_quad_all(twice[1]);
	r[2] = wg_quad_all(twice[2]);
	r[3] = wg_quad_all(twice[3]);
	r[4] = wg_quad_all(twice[4]);
	wg_quad_factor(&state->twice, r);
	/* The first block, which is multiplied most often, has lane 0. */
	state->h[0] = (wg_quad){ st->h[0] & WG_QUAD_MASK };
	state->h[1] = (wg_quad){ st->h[0] >> 26 & WG_QUAD_MASK };
	state->h[2] = (wg_quad){ (st->h[0] >> 52 | st->h[1] << 12) & WG_QUAD_MASK };
	state->h[3] = (wg_quad){ st->h[1] >> 14 & WG_QUAD_MASK };
	state->h[4] = (wg_quad){ st->h[1] >> 40 | st->h[2] << 24 };
}

static __always_inline void wg_quad_copy(wg_quad to[5], const wg_quad from[5])
{
	to[0] = from[0];
	to[1] = from[1];
	to[2] = from[2];
	to[3] = from[3];
	to[4] = from[4];
}

/*
 * Each lane absorbs every fourth block: h = h * r^4 + block, two such steps at a
 * time as (h * r^8 + block * r^4) + block, with one carry.
 */
static noinline void wg_quad_blocks(struct wg_quad_state *state, const u8 *in, size_t vectors)
{
	wg_quad h[5], d[5], m[5];

	WG_ALIGN_STACK();
	wg_quad_copy(h, state->h);
	wg_quad_add_blocks(h, in);
	in += 4 * WG_POLY1305_BLOCK_LEN;
	--vectors;
	if (vectors & 1) {
		wg_quad_product(d, h, &state->once);
		wg_quad_copy(h, d);
		wg_quad_add_blocks(h, in);
		in += 4 * WG_POLY1305_BLOCK_LEN;
	}
	for (vectors /= 2; vectors; --vectors, in += 8 * WG_POLY1305_BLOCK_LEN) {
		/* The multipliers stay in memory: gcc would copy them to spill slots. */
		barrier();
		d[0] = d[1] = d[2] = d[3] = d[4] = wg_quad_all(0);
		m[0] = m[1] = m[2] = m[3] = m[4] = wg_quad_all(0);
		wg_quad_add_blocks(m, in);
		wg_quad_mul_add(d, m, &state->once);
		wg_quad_mul_add(d, h, &state->twice);
		wg_quad_carry(d);
		wg_quad_copy(h, d);
		wg_quad_add_blocks(h, in + 4 * WG_POLY1305_BLOCK_LEN);
	}
	wg_quad_copy(state->h, h);
}

/* Multiplies each lane by the power that its blocks still lack, and adds the lanes. */
static noinline void wg_quad_end(struct wg_quad_state *state, struct wg_poly1305 *st,
				 const struct wg_poly1305_powers *powers)
{
	const wg_quad_at_any *lanes = (const wg_quad_at_any *)powers->limb26.lanes;
	/* gcc before 10 takes the type without alignment for another one. */
	const wg_quad r[5] = { (wg_quad)lanes[0], (wg_quad)lanes[1], (wg_quad)lanes[2],
			       (wg_quad)lanes[3], (wg_quad)lanes[4] };
	wg_quad d[5];

	WG_ALIGN_STACK();
	wg_quad_factor(&state->once, r);
	d[0] = d[1] = d[2] = d[3] = d[4] = wg_quad_all(0);
	wg_quad_mul_add(d, state->h, &state->once);
	wg_quad_sum(st, d);
}

void wg_poly1305_avx2(struct wg_poly1305 *st, const struct wg_poly1305_powers *powers,
		      const u8 *in, size_t blocks)
{
	size_t head = blocks % 4 * WG_POLY1305_BLOCK_LEN;
	struct wg_quad_state state WG_UNINITIALIZED;

	WG_ALIGN_STACK();
	wg_poly1305_update_padded(st, in, head);
	wg_quad_begin(&state, st, powers);
	wg_quad_blocks(&state, in + head, blocks / 4);
	wg_quad_end(&state, st, powers);
}

void wg_zero_avx2(void)
{
	asm volatile("vzeroall" : : : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6",
		     "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");
}

#ifdef __clang__
#pragma clang attribute pop
#endif
