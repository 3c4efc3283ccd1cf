/* SPDX-License-Identifier: GPL-2.0 */
/*
 * X25519 (RFC 7748, section 5): Diffie-Hellman and public keys. The caller
 * supplies the secrets; these functions use no random numbers.
 *
 * All functions may be called in process context and in softirq and never
 * sleep. Callers should run scalar multiplications in process context, because
 * each takes 50 to 300 us. @out may be the same buffer as an input.
 */
#ifndef WG_CRYPTO_CURVE25519_H
#define WG_CRYPTO_CURVE25519_H

#include <linux/compiler.h>
#include <linux/types.h>

#define WG_CURVE25519_LEN 32	/* secret, public key and shared secret */

/* Turns 32 random bytes into a secret as RFC 7748 defines it, in place. */
void wg_curve25519_clamp(u8 secret[WG_CURVE25519_LEN]);

/*
 * @out = X25519(@secret, @point). @secret need not be clamped; the function
 * uses a clamped copy. False if the result is all zeros, because @point has a
 * low order. The result must not be used then.
 */
bool __must_check wg_curve25519(u8 out[WG_CURVE25519_LEN],
				const u8 secret[WG_CURVE25519_LEN],
				const u8 point[WG_CURVE25519_LEN]);

/*
 * @out = the public key of @secret. False if @secret is all zeros, which stands
 * for an unset private key; @out is undefined then.
 */
bool __must_check wg_curve25519_public(u8 out[WG_CURVE25519_LEN],
				       const u8 secret[WG_CURVE25519_LEN]);

#endif /* WG_CRYPTO_CURVE25519_H */
