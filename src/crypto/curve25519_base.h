/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Precomputed multiples of the base point, and their selection by secret digits.
 * For the implementations of wg_curve25519_public() only: curve25519_group.h.
 *
 * A clamped secret is 8 b, where b has WG_COMB_BITS bits. With the digits
 * s_p = 1 if bit p of b is set and -1 if not, the sum of all s_p 2^p is
 * 2 b - (2^WG_COMB_BITS - 1). So the secret times the base point B is
 *
 *   8 b B = the sum over p of s_p 2^p (4 B), plus (2^WG_COMB_BITS - 1) (4 B),
 *
 * and no digit is zero. The digits are read by combs (Lim and Lee, "More flexible
 * exponentiation with precomputation", 1994). In step e, from the highest to 0, comb
 * j has the digits at p = e + WG_COMB_STEPS (WG_COMB_TEETH j + i) for each tooth i.
 * Their 2^WG_COMB_TEETH combinations are multiples in the table, half of them negated.
 *
 * Nine combs of four teeth need 63 additions and 6 doublings, and a table of 6,912
 * bytes. The 63 table reads pass over all eight entries of the comb.
 */
#ifndef WG_CRYPTO_CURVE25519_BASE_H
#define WG_CRYPTO_CURVE25519_BASE_H

#include <linux/types.h>

#define WG_COMBS 9
#define WG_COMB_TEETH 4
#define WG_COMB_STEPS 7
#define WG_COMB_BITS (WG_COMBS * WG_COMB_TEETH * WG_COMB_STEPS)
#define WG_COMB_ENTRIES (1 << (WG_COMB_TEETH - 1))

/* Three numbers below p, little-endian. */
struct wg_comb_entry {
	u8 v[3][32];
};

/*
 * Reads the digits of comb @comb in step @step from the clamped @secret. @entry is
 * the point of these digits, or its negative: (y + x) / 2, (y - x) / 2, d x y. Returns
 * all ones if it is the negative, else 0. The time and the memory accesses depend on
 * @comb and @step alone. The stack is not wiped.
 */
unsigned long wg_comb_read(struct wg_comb_entry *entry, const u8 secret[32],
			   unsigned int comb, unsigned int step);

/* The point to begin with: x, y, x y. After all steps it has become the constant summand. */
void wg_comb_begin(struct wg_comb_entry *entry);

#endif /* WG_CRYPTO_CURVE25519_BASE_H */
