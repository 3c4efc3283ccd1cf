// SPDX-License-Identifier: GPL-2.0
/*
 * ChaCha20 and Poly1305 with AVX-512: sixteen blocks of key stream at once, and
 * eight blocks of the MAC by the multiplier of 52 bits (IFMA). The instruction
 * set is selected here, so that the file compiles with the flags of any kernel,
 * which switch vector registers off.
 */
#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512ifma"))), \
			     apply_to = function)
#else
#pragma GCC target("avx512f,avx512bw,avx512vl,avx512ifma")
#endif

#include "vector_sets.h"

#include <linux/compiler.h>

#include "bytes.h"
#include "poly1305.h"

typedef u32 wg_lanes __attribute__((__vector_size__(64)));
typedef u32 wg_lanes_at_any __attribute__((__vector_size__(64), __may_alias__)) __aligned(1);

#define WG_LANES 16
static const wg_lanes wg_lanes_numbers = {
	0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
};

static __always_inline wg_lanes wg_lanes_rol(wg_lanes v, int n)
{
	wg_lanes rotated;

	asm("vprold %2, %1, %0" : "=v" (rotated) : "v" (v), "i" (n));
	return rotated;
}

/* In each quarter: a0 b0 a1 b1, and a2 b2 a3 b3. */
static __always_inline void wg_lanes_mix32(wg_lanes *a, wg_lanes *b)
{
	wg_lanes low, high;

	asm("vpunpckldq %2, %1, %0" : "=v" (low) : "v" (*a), "v" (*b));
	asm("vpunpckhdq %2, %1, %0" : "=v" (high) : "v" (*a), "v" (*b));
	*a = low;
	*b = high;
}

/* In each quarter: a0 a1 b0 b1, and a2 a3 b2 b3. */
static __always_inline void wg_lanes_mix64(wg_lanes *a, wg_lanes *b)
{
	wg_lanes low, high;

	asm("vpunpcklqdq %2, %1, %0" : "=v" (low) : "v" (*a), "v" (*b));
	asm("vpunpckhqdq %2, %1, %0" : "=v" (high) : "v" (*a), "v" (*b));
	*a = low;
	*b = high;
}

/* Quarters 0 and 2 of both, and quarters 1 and 3. */
static __always_inline void wg_avx512_mix128(wg_lanes *a, wg_lanes *b)
{
	wg_lanes even, odd;

	asm("vshufi32x4 $0x88, %2, %1, %0" : "=v" (even) : "v" (*a), "v" (*b));
	asm("vshufi32x4 $0xdd, %2, %1, %0" : "=v" (odd) : "v" (*a), "v" (*b));
	*a = even;
	*b = odd;
}

static __always_inline void wg_lanes_join(wg_lanes *blocks, const wg_lanes *w, int i, int n)
{
	wg_lanes a = w[i], b = w[i + 4], c = w[i + 8], d = w[i + 12];

	/* a: first parts of blocks n and n + 8, then second parts; b: of n + 4 and n + 12. */
	wg_avx512_mix128(&a, &b);
	wg_avx512_mix128(&c, &d);
	wg_avx512_mix128(&a, &c);
	wg_avx512_mix128(&b, &d);
	blocks[n] = a;
	blocks[n + 4] = b;
	blocks[n + 8] = c;
	blocks[n + 12] = d;
}

#define WG_LANES_OWN_XOR_PART

/* Memory that the mask excludes is not accessed. */
static __always_inline void wg_lanes_xor_part(u8 *dst, const u8 *src, u32 len, const wg_lanes *w)
{
	const wg_lanes_at_any *from = (const wg_lanes_at_any *)src;
	wg_lanes_at_any *to = (wg_lanes_at_any *)dst;
	u64 mask = ~0ULL >> (64 - len);
	wg_lanes text;

	asm volatile("vmovdqu8 %1, %0%{%2%}%{z%}" : "=v" (text) : "m" (*from), "Yk" (mask));
	text ^= w[0];
	asm volatile("vmovdqu8 %1, %0%{%2%}" : "+m" (*to) : "v" (text), "Yk" (mask));
}

#include "chacha20_lanes.h"

void wg_chacha20_avx512(const u8 key[32], const struct wg_chacha20_run *runs,
			unsigned int count)
{
	WG_ALIGN_STACK();
	wg_lanes_runs(key, runs, count);
}

/*
 * Poly1305 modulo 2^130 - 5 with limbs of 44, 44 and 42 bits: a vector has the
 * same limb of eight numbers. The multiplier adds the low or the high 52 bits of
 * a product of 52-bit numbers to a lane.
 */
typedef u64 wg_octet __attribute__((__vector_size__(64)));
typedef u64 wg_octet_at_any __attribute__((__vector_size__(64), __may_alias__)) __aligned(1);

#define WG_OCTET_MASK ((1ULL << 44) - 1)
#define WG_OCTET_TOP_MASK ((1ULL << 42) - 1)
/* 2^128, the bit after each block, in the top limb. */
#define WG_OCTET_BIT (1ULL << 40)

/* The lanes' blocks, after wg_octet_split(). */
static const wg_octet wg_octet_order = { 0, 4, 1, 5, 2, 6, 3, 7 };

struct wg_octets {
	wg_octet l0, l1, l2;
};

/* Eight multipliers, and 20 times them for the products that wrap around 2^132. */
struct wg_octet_factor {
	wg_octet r0, r1, r2, s1, s2;
};

/* The sums of the low and of the high halves of the products in each column. */
struct wg_octet_columns {
	wg_octet low0, low1, low2, high0, high1, high2;
};

static __always_inline wg_octet wg_octet_all(u64 x)
{
	return x - (wg_octet){ 0 };
}

static __always_inline void wg_octet_mul(wg_octet *low, wg_octet *high, wg_octet a, wg_octet b)
{
	asm("vpmadd52luq %2, %1, %0" : "+v" (*low) : "v" (a), "v" (b));
	asm("vpmadd52huq %2, %1, %0" : "+v" (*high) : "v" (a), "v" (b));
}

static __always_inline void wg_octet_factor(struct wg_octet_factor *f, struct wg_octets r)
{
	f->r0 = r.l0;
	f->r1 = r.l1;
	f->r2 = r.l2;
	f->s1 = (r.l1 << 4) + (r.l1 << 2);
	f->s2 = (r.l2 << 4) + (r.l2 << 2);
}

static __always_inline void wg_octet_clear(struct wg_octet_columns *c)
{
	c->low0 = c->low1 = c->low2 = c->high0 = c->high1 = c->high2 = wg_octet_all(0);
}

/*
 * Adds the products of a and f. The limbs of both are below 2^46, and 20 f below
 * 2^51, so two such sums stay below 2^55.
 */
static __always_inline void wg_octet_mul_add(struct wg_octet_columns *c, struct wg_octets a,
					     const struct wg_octet_factor *f)
{
	wg_octet_mul(&c->low0, &c->high0, a.l0, f->r0);
	wg_octet_mul(&c->low1, &c->high1, a.l0, f->r1);
	wg_octet_mul(&c->low2, &c->high2, a.l0, f->r2);
	wg_octet_mul(&c->low0, &c->high0, a.l1, f->s2);
	wg_octet_mul(&c->low1, &c->high1, a.l1, f->r0);
	wg_octet_mul(&c->low2, &c->high2, a.l1, f->r1);
	wg_octet_mul(&c->low0, &c->high0, a.l2, f->s1);
	wg_octet_mul(&c->low1, &c->high1, a.l2, f->s2);
	wg_octet_mul(&c->low2, &c->high2, a.l2, f->r0);
}

/*
 * Adds the high halves, at 2^52, to the next columns, at 2^44. The last one wraps
 * around: 2^140 = 20 * 2^8. The sums are below 2^58.
 */
static __always_inline struct wg_octets wg_octet_join(const struct wg_octet_columns *c)
{
	return (struct wg_octets) {
		.l0 = c->low0 + (c->high2 << 12) + (c->high2 << 10),
		.l1 = c->low1 + (c->high0 << 8),
		.l2 = c->low2 + (c->high1 << 8),
	};
}

/* Carries all columns at once. The limbs then exceed their bits by less than 2^19. */
static __always_inline struct wg_octets wg_octet_carry(struct wg_octets d)
{
	wg_octet top = d.l2 >> 42;

	return (struct wg_octets) {
		.l0 = (d.l0 & WG_OCTET_MASK) + top + (top << 2),
		.l1 = (d.l1 & WG_OCTET_MASK) + (d.l0 >> 44),
		.l2 = (d.l2 & WG_OCTET_TOP_MASK) + (d.l1 >> 44),
	};
}

static __always_inline struct wg_octets wg_octet_product(struct wg_octets a,
							 const struct wg_octet_factor *f)
{
	struct wg_octet_columns c;

	wg_octet_clear(&c);
	wg_octet_mul_add(&c, a, f);
	return wg_octet_carry(wg_octet_join(&c));
}

/* Splits eight numbers of 128 bits into limbs. @a and @b have four numbers each. */
static __always_inline struct wg_octets wg_octet_split(wg_octet a, wg_octet b)
{
	wg_octet low, high;

	asm("vpunpcklqdq %2, %1, %0" : "=v" (low) : "v" (a), "v" (b));
	asm("vpunpckhqdq %2, %1, %0" : "=v" (high) : "v" (a), "v" (b));
	return (struct wg_octets) {
		.l0 = low & WG_OCTET_MASK,
		.l1 = (low >> 44 | high << 20) & WG_OCTET_MASK,
		.l2 = high >> 24,
	};
}

static __always_inline struct wg_octets wg_octet_blocks(const u8 *in)
{
	const wg_octet_at_any *from = (const wg_octet_at_any *)in;
	struct wg_octets m = wg_octet_split(from[0], from[1]);

	m.l2 |= WG_OCTET_BIT;
	return m;
}

static __always_inline struct wg_octets wg_octet_add(struct wg_octets a, struct wg_octets b)
{
	return (struct wg_octets) { a.l0 + b.l0, a.l1 + b.l1, a.l2 + b.l2 };
}

/* The lanes of @yes where @mask has ones, else those of @no. */
static __always_inline wg_octet wg_octet_select(wg_octet mask, wg_octet yes, wg_octet no)
{
	return no ^ (mask & (yes ^ no));
}

/* Memory that the mask excludes is not accessed, and gives 0. */
static __always_inline wg_octet wg_octet_load(const u8 *from, u8 mask)
{
	wg_octet v;

	asm volatile("vmovdqu64 %1, %0%{%2%}%{z%}"
		     : "=v" (v) : "m" (*(const wg_octet_at_any *)from), "Yk" (mask));
	return v;
}

/*
 * The first vector of blocks, of which lanes for the first @missing blocks are 0,
 * so that the last vector is full. The value of @st is added to the first block.
 */
static __always_inline struct wg_octets wg_octet_first(const struct wg_poly1305 *st,
						       const u8 *in, unsigned int missing)
{
	const u8 *from = in - missing * WG_POLY1305_BLOCK_LEN;
	unsigned int mask = 0xffff << 2 * missing;
	struct wg_octets m;
	wg_octet here;

	m = wg_octet_split(wg_octet_load(from, mask), wg_octet_load(from + 64, mask >> 8));
	m.l2 |= (wg_octet)(wg_octet_order >= wg_octet_all(missing)) & WG_OCTET_BIT;
	here = (wg_octet)(wg_octet_order == wg_octet_all(missing));
	m.l0 += here & wg_octet_all(st->h[0] & WG_OCTET_MASK);
	m.l1 += here & wg_octet_all((st->h[0] >> 44 | st->h[1] << 20) & WG_OCTET_MASK);
	m.l2 += here & wg_octet_all(st->h[1] >> 24 | st->h[2] << 40);
	return m;
}

static __always_inline u64 wg_octet_total(wg_octet v)
{
	wg_octet t;

	asm("valignq $4, %1, %1, %0" : "=v" (t) : "v" (v));
	v += t;
	asm("valignq $2, %1, %1, %0" : "=v" (t) : "v" (v));
	v += t;
	asm("valignq $1, %1, %1, %0" : "=v" (t) : "v" (v));
	v += t;
	return v[0];
}

/* The sum of the lanes of each column, carried into @st. The columns are below 2^61. */
static __always_inline void wg_octet_sum(struct wg_poly1305 *st, struct wg_octets d)
{
	wg_u128 low, high;

	low = (wg_u128)wg_octet_total(d.l0) + ((wg_u128)wg_octet_total(d.l1) << 44);
	high = (low >> 64) + ((wg_u128)wg_octet_total(d.l2) << 24);
	wg_poly1305_set_sum(st, low, high);
}

/*
 * Each lane absorbs every eighth block: h = h * r^8 + block, two such steps at a
 * time as (h * r^16 + block * r^8) + block, with one carry. At the end each lane
 * is multiplied by the power that its blocks lack, and the lanes are added.
 */
void wg_poly1305_avx512(struct wg_poly1305 *st, const struct wg_poly1305_powers *powers,
			const u8 *in, size_t blocks)
{
	const u64 *lanes = powers->limb44.lanes[0], *twice_r = powers->limb44.twice;
	const unsigned int missing = -(unsigned int)blocks % 8;
	size_t vectors = (blocks + missing) / 8;
	struct wg_octet_factor once, twice;
	struct wg_octet_columns c;
	struct wg_octets h;

	WG_ALIGN_STACK();
	/* Lane 0 has r^8. */
	wg_octet_factor(&once, (struct wg_octets) {
		wg_octet_all(lanes[0]), wg_octet_all(lanes[8]), wg_octet_all(lanes[16]) });
	wg_octet_factor(&twice, (struct wg_octets) {
		wg_octet_all(twice_r[0]), wg_octet_all(twice_r[1]), wg_octet_all(twice_r[2]) });
	h = wg_octet_first(st, in, missing);
	in += (8 - missing) * WG_POLY1305_BLOCK_LEN;
	--vectors;
	if (vectors & 1) {
		h = wg_octet_add(wg_octet_product(h, &once), wg_octet_blocks(in));
		in += 8 * WG_POLY1305_BLOCK_LEN;
	}
	for (vectors /= 2; vectors; --vectors, in += 16 * WG_POLY1305_BLOCK_LEN) {
		wg_octet_clear(&c);
		wg_octet_mul_add(&c, wg_octet_blocks(in), &once);
		wg_octet_mul_add(&c, h, &twice);
		h = wg_octet_add(wg_octet_carry(wg_octet_join(&c)),
				 wg_octet_blocks(in + 8 * WG_POLY1305_BLOCK_LEN));
	}
	wg_octet_factor(&once, (struct wg_octets) {
		/* gcc before 10 takes the type without alignment for another one. */
		(wg_octet)*(const wg_octet_at_any *)lanes,
		(wg_octet)*(const wg_octet_at_any *)(lanes + 8),
		(wg_octet)*(const wg_octet_at_any *)(lanes + 16) });
	wg_octet_clear(&c);
	wg_octet_mul_add(&c, h, &once);
	wg_octet_sum(st, wg_octet_join(&c));
}

/* Both halves of the result are the high half of @v. */
static __always_inline wg_octet wg_octet_high_half(wg_octet v)
{
	asm("vshufi64x2 $0xee, %0, %0, %0" : "+v" (v));
	return v;
}

static __always_inline struct wg_octets wg_octets_high_half(struct wg_octets a)
{
	return (struct wg_octets) { wg_octet_high_half(a.l0), wg_octet_high_half(a.l1),
				    wg_octet_high_half(a.l2) };
}

/* The low half of @low, and that of @high as the high half. */
static __always_inline wg_octet wg_octet_halves(wg_octet low, wg_octet high)
{
	asm("vshufi64x2 $0x44, %1, %0, %0" : "+v" (low) : "v" (high));
	return low;
}

/* Word i of the four low ones. */
static __always_inline u64 wg_octet_word(wg_octet v, u64 i)
{
	wg_octet index = wg_octet_all(i);

	asm("vpermq %1, %2, %0" : "=v" (index) : "v" (v), "v" (index));
	return index[0];
}

/*
 * Stores one limb of the powers of message i for the lanes' blocks: r^8 r^4 r^7
 * r^3 r^6 r^2 r^5 r^1. Words i and i + 4 of @r12 are r^1 and r^2 of that message,
 * and so on.
 */
static __always_inline void wg_octet_store(u64 lanes[8], u64 i, wg_octet r12, wg_octet r34,
					   wg_octet r56, wg_octet r78)
{
	const wg_octet odd = { 0, ~0ULL, 0, ~0ULL, 0, ~0ULL, 0, ~0ULL };
	wg_octet from12 = (wg_octet){ 0, 12, 0, 8, 0, 4, 0, 0 } + i;
	wg_octet from56 = (wg_octet){ 12, 0, 8, 0, 4, 0, 0, 0 } + i;

	asm("vpermt2q %2, %1, %0" : "+v" (r12) : "v" (from12), "v" (r34));
	asm("vpermt2q %2, %1, %0" : "+v" (r56) : "v" (from56), "v" (r78));
	*(wg_octet_at_any *)lanes = wg_octet_select(odd, r12, r56);
}

/* One limb of r of four messages, in both halves. */
static __always_inline wg_octet wg_octet_quad(const u64 limb[4])
{
	return (wg_octet){ limb[0], limb[1], limb[2], limb[3],
			   limb[0], limb[1], limb[2], limb[3] };
}

/* r of up to four messages, in both halves. */
static __always_inline struct wg_octets wg_octet_r(const u8 keys[][32], unsigned int count)
{
	u64 limbs[3][4] = { { 0 } }, low, high;
	unsigned int i;

	for (i = 0; i < count; i++) {
		low = wg_load_le64(keys[i]);
		high = wg_load_le64(keys[i] + 8);
		/*
		 * clang would load the keys of several messages by one gather, which is slower,
		 * above all with the mitigation of Gather Data Sampling.
		 */
		asm("" : "+r" (low), "+r" (high));
		low &= 0x0ffffffc0fffffffULL;
		high &= 0x0ffffffc0ffffffcULL;
		limbs[0][i] = low & WG_OCTET_MASK;
		limbs[1][i] = (low >> 44 | high << 20) & WG_OCTET_MASK;
		limbs[2][i] = high >> 24;
	}
	return (struct wg_octets) { wg_octet_quad(limbs[0]), wg_octet_quad(limbs[1]),
				    wg_octet_quad(limbs[2]) };
}

/*
 * The lanes are messages, in both halves, so that one product gives two powers of
 * up to four messages.
 */
void wg_powers_avx512(struct wg_poly1305_powers *powers, const u8 keys[][32],
		      unsigned int count)
{
	struct wg_octets r1, r2, r12, r34, r56, r78, r16;
	struct wg_octet_factor f;
	unsigned int i;

	WG_ALIGN_STACK();
	r1 = wg_octet_r(keys, count);
	wg_octet_factor(&f, r1);
	r2 = wg_octet_product(r1, &f);
	r12 = (struct wg_octets) { wg_octet_halves(r1.l0, r2.l0), wg_octet_halves(r1.l1, r2.l1),
				   wg_octet_halves(r1.l2, r2.l2) };
	wg_octet_factor(&f, r2);
	r34 = wg_octet_product(r12, &f);
	wg_octet_factor(&f, wg_octets_high_half(r34));
	r56 = wg_octet_product(r12, &f);
	r78 = wg_octet_product(r34, &f);
	wg_octet_factor(&f, wg_octets_high_half(r78));
	r16 = wg_octet_product(wg_octets_high_half(r78), &f);
	for (i = 0; i < count; i++) {
		wg_octet_store(powers[i].limb44.lanes[0], i, r12.l0, r34.l0, r56.l0, r78.l0);
		wg_octet_store(powers[i].limb44.lanes[1], i, r12.l1, r34.l1, r56.l1, r78.l1);
		wg_octet_store(powers[i].limb44.lanes[2], i, r12.l2, r34.l2, r56.l2, r78.l2);
		powers[i].limb44.twice[0] = wg_octet_word(r16.l0, i);
		powers[i].limb44.twice[1] = wg_octet_word(r16.l1, i);
		powers[i].limb44.twice[2] = wg_octet_word(r16.l2, i);
	}
}

void wg_zero_avx512(void)
{
	asm volatile("vzeroall\n\t"
		     "vpxord %%zmm16, %%zmm16, %%zmm16\n\t"
		     "vpxord %%zmm17, %%zmm17, %%zmm17\n\t"
		     "vpxord %%zmm18, %%zmm18, %%zmm18\n\t"
		     "vpxord %%zmm19, %%zmm19, %%zmm19\n\t"
		     "vpxord %%zmm20, %%zmm20, %%zmm20\n\t"
		     "vpxord %%zmm21, %%zmm21, %%zmm21\n\t"
		     "vpxord %%zmm22, %%zmm22, %%zmm22\n\t"
		     "vpxord %%zmm23, %%zmm23, %%zmm23\n\t"
		     "vpxord %%zmm24, %%zmm24, %%zmm24\n\t"
		     "vpxord %%zmm25, %%zmm25, %%zmm25\n\t"
		     "vpxord %%zmm26, %%zmm26, %%zmm26\n\t"
		     "vpxord %%zmm27, %%zmm27, %%zmm27\n\t"
		     "vpxord %%zmm28, %%zmm28, %%zmm28\n\t"
		     "vpxord %%zmm29, %%zmm29, %%zmm29\n\t"
		     "vpxord %%zmm30, %%zmm30, %%zmm30\n\t"
		     "vpxord %%zmm31, %%zmm31, %%zmm31"
		     : : : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7",
		     "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15",
		     "xmm16", "xmm17", "xmm18", "xmm19", "xmm20", "xmm21", "xmm22", "xmm23",
		     "xmm24", "xmm25", "xmm26", "xmm27", "xmm28", "xmm29", "xmm30", "xmm31");
}

#ifdef __clang__
#pragma clang attribute pop
#endif
