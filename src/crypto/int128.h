/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Defines WG_INT128 if the vendored backend uses 64-bit limbs, which need a
 * 64 x 64 -> 128 bit product. Without it the backend uses limbs for 32-bit
 * machines. The compiler must have the type, and the kernel's option must state
 * that the architecture needs no library function for it. arm64 needs none with
 * gcc from 5 on, and older kernels do not have the option there. The unit tests
 * build with and without that option, so they test both.
 */
#ifndef WG_CRYPTO_INT128_H
#define WG_CRYPTO_INT128_H

#ifdef __SIZEOF_INT128__
#if defined(CONFIG_ARCH_SUPPORTS_INT128) || (defined(CONFIG_ARM64) && __GNUC__ >= 5)
#define WG_INT128
#elif defined(CONFIG_ARM64) && defined(__clang__)
#define WG_INT128
#endif
#endif

#ifdef WG_INT128
typedef unsigned __int128 wg_u128;
#endif

#endif /* WG_CRYPTO_INT128_H */
