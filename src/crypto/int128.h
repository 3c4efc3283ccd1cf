/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Defines WG_INT128 if the vendored backend uses 64-bit limbs, which need a
 * 64 x 64 -> 128 bit product. Without it the backend uses limbs for 32-bit
 * machines. The compiler must have the type, and the kernel's option must state
 * that the architecture needs no library function for it. The unit tests build
 * with and without that option, so they test both.
 */
#ifndef WG_CRYPTO_INT128_H
#define WG_CRYPTO_INT128_H

#if defined(CONFIG_ARCH_SUPPORTS_INT128) && defined(__SIZEOF_INT128__)
#define WG_INT128
typedef unsigned __int128 wg_u128;
#endif

#endif /* WG_CRYPTO_INT128_H */
