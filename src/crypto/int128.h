/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Whether the vendored backend computes with 64-bit limbs (WG_INT128, needs a
 * 64 x 64 -> 128 bit product) or with limbs for 32-bit machines. A compiler
 * that has the type is not enough: the kernel must say that the architecture
 * needs no library function for it. The unit tests define that option or leave
 * it, and so test both.
 */
#ifndef WG_CRYPTO_INT128_H
#define WG_CRYPTO_INT128_H

#if defined(CONFIG_ARCH_SUPPORTS_INT128) && defined(__SIZEOF_INT128__)
#define WG_INT128
typedef unsigned __int128 wg_u128;
#endif

#endif /* WG_CRYPTO_INT128_H */
