/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files vector_SET.c have in common: ChaCha20 and Poly1305 with one
 * instruction set each, for vector.c only. All functions run within an FPU
 * section and leave secrets in vector registers and on the stack below the
 * frame of their caller, which wipes both.
 */
#ifndef WG_CRYPTO_VECTOR_SETS_H
#define WG_CRYPTO_VECTOR_SETS_H

#include <linux/compiler.h>
#include <linux/types.h>

#include "poly1305.h"

/*
 * For each function that may save vector registers on the stack. gcc before 7 does
 * so with the stack boundary of user space: it assumes that the caller has aligned
 * the stack to 16 bytes, but the kernel aligns it to 8. A variable with a larger
 * alignment makes the function align its stack itself.
 */
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ < 7
#define WG_ALIGN_STACK() do { \
	u8 wg_aligned[64] __aligned(64); \
	asm volatile("" : : "r" (wg_aligned) : "memory"); \
} while (0)
#else
#define WG_ALIGN_STACK() do { } while (0)
#endif

/*
 * Bytes of a message that are encrypted from the start of a block on. @len is
 * not 0, and less than a block only at the end of a message. @dst and @src are
 * equal or do not overlap.
 */
struct wg_chacha20_run {
	u8 *dst;
	const u8 *src;
	u64 nonce;
	u32 counter;
	u32 len;
};

/*
 * The powers of a message's r by which its blocks are multiplied, in limbs of
 * the set's radix. @lanes has r^1 to r^N for the N lanes of a vector, in the
 * order of the lanes' blocks, and @twice has r^2N. Secret.
 */
struct wg_poly1305_powers {
	union {
		struct {
			u64 lanes[5][4];
			u64 twice[5];
		} limb26;
		struct {
			u64 lanes[3][8];
			u64 twice[3];
		} limb44;
	};
};

/* The least number of blocks for which computing the powers saves time. */
#define WG_POWERS_BLOCKS 16

/* The most messages whose powers one call computes: AVX2 has this many lanes. */
#define WG_POWERS_MANY 4

#ifdef WG_INT128
/* Sets the accumulator to low + 2^64 high, without the high half of @low. */
static __always_inline void wg_poly1305_set_sum(struct wg_poly1305 *st, wg_u128 low, wg_u128 high)
{
	u64 top = (u64)(high >> 64);

	/* The bits from 2^130 on wrap around, times 5. */
	low = (wg_u128)(u64)low + 5 * (top >> 2);
	high = (wg_u128)(u64)high + (u64)(low >> 64);
	st->h[0] = (u64)low;
	st->h[1] = (u64)high;
	st->h[2] = (top & 3) + (u64)(high >> 64);
}
#endif

/* Encrypts @count runs under one key. @count is not 0. */
void wg_chacha20_neon(const u8 key[32], const struct wg_chacha20_run *runs, unsigned int count);
void wg_chacha20_ssse3(const u8 key[32], const struct wg_chacha20_run *runs, unsigned int count);
void wg_chacha20_avx2(const u8 key[32], const struct wg_chacha20_run *runs, unsigned int count);
void wg_chacha20_avx512(const u8 key[32], const struct wg_chacha20_run *runs, unsigned int count);

/* Computes the powers for the MAC keys of @count messages, 1 to WG_POWERS_MANY. */
void wg_powers_avx2(struct wg_poly1305_powers *powers, const u8 keys[][32], unsigned int count);
void wg_powers_avx512(struct wg_poly1305_powers *powers, const u8 keys[][32], unsigned int count);

/*
 * Absorbs @blocks blocks, at least WG_POWERS_BLOCKS. @powers are those of the
 * key of @st.
 */
void wg_poly1305_avx2(struct wg_poly1305 *st, const struct wg_poly1305_powers *powers,
		      const u8 *in, size_t blocks);
void wg_poly1305_avx512(struct wg_poly1305 *st, const struct wg_poly1305_powers *powers,
			const u8 *in, size_t blocks);

/* Clears the registers of the set. */
void wg_zero_neon(void);
void wg_zero_ssse3(void);
void wg_zero_avx2(void);
void wg_zero_avx512(void);

#endif /* WG_CRYPTO_VECTOR_SETS_H */
