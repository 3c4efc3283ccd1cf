/* SPDX-License-Identifier: GPL-2.0 */
/*
 * X25519 (RFC 7748, section 5): Diffie-Hellman and public keys. Secrets come
 * from the caller: nothing here draws random numbers.
 *
 * All functions may be called in process context and in softirq and never
 * sleep; a scalar multiplication takes some 50 to 300 us, so that process
 * context is the right place for it. @out may be the same buffer as an input.
 */
#ifndef WG_CRYPTO_CURVE25519_H
#define WG_CRYPTO_CURVE25519_H

#include <linux/compiler.h>
#include <linux/types.h>

#define WG_CURVE25519_LEN 32	/* secret, public key and shared secret */

/* What RFC 7748 does to 32 random bytes to make them a secret, in place. */
void wg_curve25519_clamp(u8 secret[WG_CURVE25519_LEN]);

/*
 * @out = X25519(@secret, @point). @secret need not be clamped, the function
 * works on a clamped copy. False where the result is all zero, which means
 * that @point is of low order: the result must not be used.
 */
bool __must_check wg_curve25519(u8 out[WG_CURVE25519_LEN],
				const u8 secret[WG_CURVE25519_LEN],
				const u8 point[WG_CURVE25519_LEN]);

/*
 * @out = the public key of @secret. False for the all-zero @secret, which is
 * how an unset private key is written; @out is undefined then.
 */
bool __must_check wg_curve25519_public(u8 out[WG_CURVE25519_LEN],
				       const u8 secret[WG_CURVE25519_LEN]);

#endif /* WG_CRYPTO_CURVE25519_H */
