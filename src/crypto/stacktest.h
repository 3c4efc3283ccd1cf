/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A test at load, in modules for tests only (WG_TEST_LIMITS=y), which tells its
 * results by the kernel log: the scenario limits reads them.
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
