// SPDX-License-Identifier: GPL-2.0
/*
 * ChaCha20 with NEON, for arm64: four blocks of key stream at once. There is no Poly1305: the
 * portable one uses the 128-bit products of the CPU, while a vector has two products of 32 bits.
 *
 * The instructions are written as assembly, since not all kernels have <arm_neon.h> for modules.
 * Kbuild.crypto compiles this file without -mgeneral-regs-only.
 */
#include "vector_sets.h"

#include <linux/compiler.h>

#include "bytes.h"

typedef u32 wg_lanes __attribute__((__vector_size__(16)));
typedef u32 wg_lanes_at_any __attribute__((__vector_size__(16), __may_alias__)) __aligned(1);

#define WG_LANES 4
static const wg_lanes wg_lanes_numbers = { 0, 1, 2, 3 };

/* For tbl: the bytes of each word, rotated by one. */
static const u8 wg_neon_rol8 __attribute__((__vector_size__(16))) = {
	3, 0, 1, 2, 7, 4, 5, 6, 11, 8, 9, 10, 15, 12, 13, 14,
};

/* shl and sri are one instruction fewer than two shifts and an or. */
static __always_inline wg_lanes wg_lanes_rol(wg_lanes v, int n)
{
	wg_lanes r;

	if (n == 16)
		asm("rev32 %0.8h, %1.8h" : "=w" (r) : "w" (v));
	else if (n == 8)
		asm("tbl %0.16b, {%1.16b}, %2.16b" : "=w" (r) : "w" (v), "w" (wg_neon_rol8));
	else if (n == 12)
		asm("shl %0.4s, %1.4s, #12\n\t"
		    "sri %0.4s, %1.4s, #20" : "=&w" (r) : "w" (v));
	else
		asm("shl %0.4s, %1.4s, #7\n\t"
		    "sri %0.4s, %1.4s, #25" : "=&w" (r) : "w" (v));
	return r;
}

/* a0 b0 a1 b1, and a2 b2 a3 b3. */
static __always_inline void wg_lanes_mix32(wg_lanes *a, wg_lanes *b)
{
	wg_lanes low, high;

	asm("zip1 %0.4s, %1.4s, %2.4s" : "=w" (low) : "w" (*a), "w" (*b));
	asm("zip2 %0.4s, %1.4s, %2.4s" : "=w" (high) : "w" (*a), "w" (*b));
	*a = low;
	*b = high;
}

/* a0 a1 b0 b1, and a2 a3 b2 b3. */
static __always_inline void wg_lanes_mix64(wg_lanes *a, wg_lanes *b)
{
	wg_lanes low, high;

	asm("zip1 %0.2d, %1.2d, %2.2d" : "=w" (low) : "w" (*a), "w" (*b));
	asm("zip2 %0.2d, %1.2d, %2.2d" : "=w" (high) : "w" (*a), "w" (*b));
	*a = low;
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

void wg_chacha20_neon(const u8 key[32], const struct wg_chacha20_run *runs, unsigned int count)
{
	wg_lanes_runs(key, runs, count);
}

/*
 * The low halves of v8 to v15 belong to the caller, so the compiler saves and restores them. They
 * have no secrets: wg_chacha20_neon() has restored them, too. The high halves are cleared.
 */
void wg_zero_neon(void)
{
	asm volatile("movi v0.2d, #0\n\t"
		     "movi v1.2d, #0\n\t"
		     "movi v2.2d, #0\n\t"
		     "movi v3.2d, #0\n\t"
		     "movi v4.2d, #0\n\t"
		     "movi v5.2d, #0\n\t"
		     "movi v6.2d, #0\n\t"
		     "movi v7.2d, #0\n\t"
		     "movi v8.2d, #0\n\t"
		     "movi v9.2d, #0\n\t"
		     "movi v10.2d, #0\n\t"
		     "movi v11.2d, #0\n\t"
		     "movi v12.2d, #0\n\t"
		     "movi v13.2d, #0\n\t"
		     "movi v14.2d, #0\n\t"
		     "movi v15.2d, #0\n\t"
		     "movi v16.2d, #0\n\t"
		     "movi v17.2d, #0\n\t"
		     "movi v18.2d, #0\n\t"
		     "movi v19.2d, #0\n\t"
		     "movi v20.2d, #0\n\t"
		     "movi v21.2d, #0\n\t"
		     "movi v22.2d, #0\n\t"
		     "movi v23.2d, #0\n\t"
		     "movi v24.2d, #0\n\t"
		     "movi v25.2d, #0\n\t"
		     "movi v26.2d, #0\n\t"
		     "movi v27.2d, #0\n\t"
		     "movi v28.2d, #0\n\t"
		     "movi v29.2d, #0\n\t"
		     "movi v30.2d, #0\n\t"
		     "movi v31.2d, #0"
		     : : : "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9", "v10",
		     "v11", "v12", "v13", "v14", "v15", "v16", "v17", "v18", "v19", "v20", "v21",
		     "v22", "v23", "v24", "v25", "v26", "v27", "v28", "v29", "v30", "v31");
}
