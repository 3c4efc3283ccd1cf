/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Comparison of secrets in time that depends on the length alone. Kept here
 * because the kernel's crypto_memneq() has moved between headers and is not
 * built into every kernel.
 */
#ifndef WG_CRYPTO_MEMNEQ_H
#define WG_CRYPTO_MEMNEQ_H

#include <linux/compiler.h>
#include <linux/types.h>

/* True where the @len bytes at @a and @b differ. For tags and keys: short. */
static inline bool wg_memneq(const void *a, const void *b, size_t len)
{
	const u8 *x = a, *y = b;
	unsigned long diff = 0;
	size_t i;

	for (i = 0; i < len; i++) {
		diff |= x[i] ^ y[i];
		/* Or the compiler may leave the loop once all bits are set. */
		OPTIMIZER_HIDE_VAR(diff);
	}
	return diff != 0;
}

#endif /* WG_CRYPTO_MEMNEQ_H */
