/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Comparison of secrets in a time that depends on the length alone. The
 * kernel's crypto_memneq() has moved between headers, and not every kernel has
 * it.
 */
#ifndef WG_CRYPTO_MEMNEQ_H
#define WG_CRYPTO_MEMNEQ_H

#include <linux/compiler.h>
#include <linux/types.h>

/* True if the @len bytes at @a and @b differ. For tags, keys and the like. */
static inline bool wg_memneq(const void *a, const void *b, size_t len)
{
	const u8 *x = a, *y = b;
	unsigned long diff = 0;
	size_t i;

	for (i = 0; i < len; i++) {
		diff |= x[i] ^ y[i];
		/* Without this the compiler may leave the loop once diff is all ones. */
		OPTIMIZER_HIDE_VAR(diff);
	}
	return diff != 0;
}

#endif /* WG_CRYPTO_MEMNEQ_H */
