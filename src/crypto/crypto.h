/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What concerns the three primitives together: who computes them, and whether
 * they compute rightly. The primitives have headers of their own.
 */
#ifndef WG_CRYPTO_CRYPTO_H
#define WG_CRYPTO_CRYPTO_H

/*
 * The build defines exactly one of the two for all of src/ (Kbuild.crypto).
 * The string is for MODULE_INFO(crypto, WG_CRYPTO_BACKEND).
 */
#if defined(WG_CRYPTO_KERNEL) && !defined(WG_CRYPTO_VENDORED)
#define WG_CRYPTO_BACKEND "kernel"
#elif defined(WG_CRYPTO_VENDORED) && !defined(WG_CRYPTO_KERNEL)
#define WG_CRYPTO_BACKEND "vendored"
#else
#error "exactly one of WG_CRYPTO_KERNEL and WG_CRYPTO_VENDORED must be defined"
#endif

/* The backend's name for the load message. */
const char *wg_crypto_backend(void);

/*
 * Known answers through every function of the three headers, on whichever
 * backend was built. Once, from module init, in process context. 0, -ENOMEM,
 * or -EBADMSG after a pr_err that names the primitive: the module must not
 * load then.
 */
int wg_crypto_selftest(void);

#endif /* WG_CRYPTO_CRYPTO_H */
