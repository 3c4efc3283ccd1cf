// SPDX-License-Identifier: GPL-2.0
/*
 * ChaCha20 with SSSE3: four blocks of key stream at once. There is no Poly1305:
 * the portable one, with products of 64 bits, is as fast as vectors of two lanes.
 * The instruction set is selected here, so that the file compiles with the flags
 * of any kernel, which switch vector registers off.
 */
#ifdef __clang__
#pragma clang attribute push(__attribute__((target("ssse3"))), apply_to = function)
#else
#pragma GCC target("ssse3")
#endif

#include "vector_sets.h"

#include <linux/compiler.h>

#include "bytes.h"

typedef u32 wg_lanes __attribute__((__vector_size__(16)));
typedef u32 wg_lanes_at_any __attribute__((__vector_size__(16), __may_alias__)) __aligned(1);

#define WG_LANES 4
static const wg_lanes wg_lanes_numbers = { 0, 1, 2, 3 };

static const char wg_ssse3_rol16 __attribute__((__vector_size__(16))) = {
	2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13,
};

static const char wg_ssse3_rol8 __attribute__((__vector_size__(16))) = {
	3, 0, 1, 2, 7, 4, 5, 6, 11, 8, 9, 10, 15, 12, 13, 14,
};

static __always_inline wg_lanes wg_lanes_rol(wg_lanes v, int n)
{
	const __typeof__(wg_ssse3_rol16) bytes = (__typeof__(wg_ssse3_rol16))v;

	if (n == 16)
		return (wg_lanes)__builtin_ia32_pshufb128(bytes, wg_ssse3_rol16);
	if (n == 8)
		return (wg_lanes)__builtin_ia32_pshufb128(bytes, wg_ssse3_rol8);
	return v << n | v >> (32 - n);
}

/* a0 b0 a1 b1, and a2 b2 a3 b3. */
static __always_inline void wg_lanes_mix32(wg_lanes *a, wg_lanes *b)
{
	wg_lanes high = *a;

	asm("punpckldq %1, %0" : "+x" (*a) : "x" (*b));
	asm("punpckhdq %1, %0" : "+x" (high) : "x" (*b));
	*b = high;
}

/* a0 a1 b0 b1, and a2 a3 b2 b3. */
static __always_inline void wg_lanes_mix64(wg_lanes *a, wg_lanes *b)
{
	wg_lanes high = *a;

	asm("punpcklqdq %1, %0" : "+x" (*a) : "x" (*b));
	asm("punpckhqdq %1, %0" : "+x" (high) : "x" (*b));
	*b = high;
}

static __always_inline void wg_lanes_join(wg_lanes *blocks, const wg_lanes *w, int i, int n)
{
	blocks[4 * n] = w[i];
	blocks[4 * n + 1] = w[i + 4];
	blocks[4 * n + 2] = w[i + 8];
	blocks[4 * n + 3] = w[i + 12];
}

#include "chacha20_lanes.h"

void wg_chacha20_ssse3(const u8 key[32], const struct wg_chacha20_run *runs, unsigned int count)
{
	WG_ALIGN_STACK();
	wg_lanes_runs(key, runs, count);
}

void wg_zero_ssse3(void)
{
	asm volatile("pxor %%xmm0, %%xmm0\n\t"
		     "pxor %%xmm1, %%xmm1\n\t"
		     "pxor %%xmm2, %%xmm2\n\t"
		     "pxor %%xmm3, %%xmm3\n\t"
		     "pxor %%xmm4, %%xmm4\n\t"
		     "pxor %%xmm5, %%xmm5\n\t"
		     "pxor %%xmm6, %%xmm6\n\t"
		     "pxor %%xmm7, %%xmm7\n\t"
		     "pxor %%xmm8, %%xmm8\n\t"
		     "pxor %%xmm9, %%xmm9\n\t"
		     "pxor %%xmm10, %%xmm10\n\t"
		     "pxor %%xmm11, %%xmm11\n\t"
		     "pxor %%xmm12, %%xmm12\n\t"
		     "pxor %%xmm13, %%xmm13\n\t"
		     "pxor %%xmm14, %%xmm14\n\t"
		     "pxor %%xmm15, %%xmm15"
		     : : : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7",
		     "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");
}

#ifdef __clang__
#pragma clang attribute pop
#endif
