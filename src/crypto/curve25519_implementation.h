/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The implementations of X25519, from which curve25519.c selects: curve25519_group.h for
 * each representation of the field. The portable one is in that file.
 *
 * As wg_curve25519() and wg_curve25519_public(), except that the stack below the caller's
 * frame is not wiped, and that an unset secret is not recognised.
 */
#ifndef WG_CRYPTO_CURVE25519_IMPLEMENTATION_H
#define WG_CRYPTO_CURVE25519_IMPLEMENTATION_H

#include "curve25519.h"

int wg_fe_shared(u8 out[WG_CURVE25519_LEN], const u8 secret[WG_CURVE25519_LEN],
		 const u8 point[WG_CURVE25519_LEN]);
void wg_fe_base(u8 out[WG_CURVE25519_LEN], const u8 secret[WG_CURVE25519_LEN]);

/*
 * For x86-64 processors with BMI2 and ADX. Kbuild.crypto defines WG_CRYPTO_ADX if the
 * assembler has the instructions.
 */
int wg_adx_shared(u8 out[WG_CURVE25519_LEN], const u8 secret[WG_CURVE25519_LEN],
		  const u8 point[WG_CURVE25519_LEN]);
void wg_adx_base(u8 out[WG_CURVE25519_LEN], const u8 secret[WG_CURVE25519_LEN]);

#endif /* WG_CRYPTO_CURVE25519_IMPLEMENTATION_H */
