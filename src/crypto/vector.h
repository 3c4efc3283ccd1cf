/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Selects the instruction set for the messages of aead_many.h: one of those that
 * this build has code for, that the CPU has, and whose registers the kernel
 * saves. The module parameter "simd" limits the choice.
 */
#ifndef WG_CRYPTO_VECTOR_H
#define WG_CRYPTO_VECTOR_H

#include <linux/types.h>

#include "aead_many.h"

/* WG_VECTOR_NEON is for arm64. The others are for x86-64, each faster than those before it. */
enum wg_vector_set {
	WG_VECTOR_NONE,
	WG_VECTOR_NEON,
	WG_VECTOR_SSSE3,
	WG_VECTOR_AVX2,
	WG_VECTOR_AVX512,
	WG_VECTOR_SETS
};

/*
 * The most bytes that one section processes: a longer message takes several sections. 6,144
 * bytes take about 6,000 cycles with AVX-512 and 25,000 with SSSE3, and 53,000
 * instructions with NEON, a short delay for a task
 * that waits for this CPU. Four messages of 1,420 bytes fit: their powers are computed
 * together, and their blocks fill whole vectors.
 */
#define WG_SECTION_BYTES 6144

/* The set in use; WG_VECTOR_NONE before wg_vector_use(). */
#ifdef WG_VECTORS
enum wg_vector_set wg_vector_current(void);
#else
static inline enum wg_vector_set wg_vector_current(void)
{
	return WG_VECTOR_NONE;
}
#endif

/* The highest set that the module parameter allows. WG_VECTOR_NONE in a build without sets. */
#ifdef WG_VECTORS
enum wg_vector_set wg_vector_allowed(void);
#else
static inline enum wg_vector_set wg_vector_allowed(void)
{
	return WG_VECTOR_NONE;
}
#endif

/*
 * Callers check one of these two first, and call the functions below only if it
 * returned a set. In a build without sets both return the constant WG_VECTOR_NONE,
 * so the compiler removes the calls.
 */

/* The name of a set as in the module parameter. */
const char *wg_vector_name(enum wg_vector_set set);

/* Whether the CPU and the kernel support a set. Ignores the module parameter. */
bool wg_vector_usable(enum wg_vector_set set);

/*
 * Selects a usable set for all later calls. For module initialisation and tests:
 * no call of aead_many.h runs.
 */
void wg_vector_use(enum wg_vector_set set);

/*
 * Compares the Poly1305 of the set in use with the portable one, for keys and text
 * that make sums and carries as large as possible. Called by module init.
 */
bool wg_vector_selftest(void);

/*
 * The two functions of aead_many.h, with the set in use. Return: false if nothing
 * was done and the caller must use the portable code, because this context may not
 * use vector registers, or because the messages are too short to be faster.
 */
bool wg_vector_encrypt(struct wg_aead_message *messages, unsigned int count,
		       const u8 key[WG_AEAD_KEY_LEN]);
bool wg_vector_decrypt(struct wg_aead_message *messages, unsigned int count,
		       const u8 key[WG_AEAD_KEY_LEN]);

#endif /* WG_CRYPTO_VECTOR_H */
