/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The name of the crypto backend, and the self-test of the three primitives.
 * Each primitive has its own header.
 */
#ifndef WG_CRYPTO_CRYPTO_H
#define WG_CRYPTO_CRYPTO_H

#include <linux/stringify.h>

/*
 * Kbuild.crypto defines exactly one of the two macros for all of src/. The
 * string is for MODULE_INFO(crypto, WG_CRYPTO_BACKEND).
 */
#if defined(WG_CRYPTO_KERNEL) && !defined(WG_CRYPTO_VENDORED)
#define WG_CRYPTO_BACKEND "kernel"
#elif defined(WG_CRYPTO_VENDORED) && !defined(WG_CRYPTO_KERNEL)
#define WG_CRYPTO_BACKEND "vendored"
#else
#error "exactly one of WG_CRYPTO_KERNEL and WG_CRYPTO_VENDORED must be defined"
#endif

/*
 * For MODULE_INFO(vector, WG_CRYPTO_VECTOR): the sets that a build with our own cryptography has
 * code for, or what kernel or compiler lack for it. Without WG_VECTOR_LACKS there is no code for
 * the architecture.
 */
#ifdef WG_CRYPTO_VENDORED
#if defined(WG_WITH_neon)
#define WG_CRYPTO_VECTOR "neon"
#elif defined(WG_WITH_avx512)
#define WG_CRYPTO_VECTOR "ssse3 avx2 avx512"
#elif defined(WG_VECTORS)
#define WG_CRYPTO_VECTOR "ssse3 avx2"
#elif defined(WG_VECTOR_LACKS)
#define WG_CRYPTO_VECTOR "none, lacks " __stringify(WG_VECTOR_LACKS)
#else
#define WG_CRYPTO_VECTOR "none"
#endif
#endif

/* The backend and its vector instructions, if any are in use. For the log message at load. */
const char *wg_crypto_backend(void);

/*
 * Checks every function of the headers of the primitives against known answers,
 * and then selects the fastest vector instructions that pass their own test.
 * Called once by module init, in process context. Return: 0, or -EBADMSG after an
 * error message with the name of the primitive; the module must not load then.
 */
int wg_crypto_selftest(void);

#endif /* WG_CRYPTO_CRYPTO_H */
