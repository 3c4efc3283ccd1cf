/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A test of what the primitives leave on the stack. It runs at load, in test modules only
 * (WG_TEST_LIMITS=y), and writes its results to the kernel log, where the scenario limits reads
 * them.
 */
#ifndef WG_CRYPTO_STACKTEST_H
#define WG_CRYPTO_STACKTEST_H

#ifdef WG_TEST_LIMITS
void wg_crypto_stacktest(void);
#else
static inline void wg_crypto_stacktest(void)
{
}
#endif

#endif /* WG_CRYPTO_STACKTEST_H */
