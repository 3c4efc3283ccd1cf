/* SPDX-License-Identifier: GPL-2.0 */
/*
 * X25519 (RFC 7748, section 5): Diffie-Hellman and public keys. The caller
 * supplies the secrets; these functions use no random numbers.
 *
 * All functions may be called in process context and in softirq and never
 * sleep. Callers should run scalar multiplications in process context, because
 * each takes 10 to 300 us. @out may be the same buffer as an input.
 */
#ifndef WG_CRYPTO_CURVE25519_H
#define WG_CRYPTO_CURVE25519_H

#include <linux/compiler.h>
#include <linux/types.h>

#define WG_CURVE25519_LEN 32	/* secret, public key and shared secret */

/*
 * The implementations that this CPU can run are numbered from 0, which is the portable
 * one; the greatest number is the fastest. wg_curve25519_select() switches to one of
 * them. Until then the portable one is in use. Called at load only, before any other
 * function may run on another CPU. The name is that of the one in use, for messages. The
 * kernel backend has one implementation, since the kernel selects.
 */
#ifdef WG_CRYPTO_KERNEL
static inline unsigned int wg_curve25519_implementations(void)
{
	return 1;
}

static inline void wg_curve25519_select(unsigned int number)
{
}

static inline const char *wg_curve25519_name(void)
{
	return "kernel";
}
#else
unsigned int wg_curve25519_implementations(void);
void wg_curve25519_select(unsigned int number);
const char *wg_curve25519_name(void);
#endif

/* Turns 32 random bytes into a secret as RFC 7748 defines it, in place. */
void wg_curve25519_clamp(u8 secret[WG_CURVE25519_LEN]);

/*
 * @out = X25519(@secret, @point). @secret need not be clamped; the function
 * uses a clamped copy. Return: false if the result is all zeros, because @point
 * has a low order. The result must not be used then.
 */
bool __must_check wg_curve25519(u8 out[WG_CURVE25519_LEN],
				const u8 secret[WG_CURVE25519_LEN],
				const u8 point[WG_CURVE25519_LEN]);

/*
 * @out = the public key of @secret. Return: false if @secret is all zeros, which
 * stands for an unset private key; @out is undefined then.
 */
bool __must_check wg_curve25519_public(u8 out[WG_CURVE25519_LEN],
				       const u8 secret[WG_CURVE25519_LEN]);

#endif /* WG_CRYPTO_CURVE25519_H */
