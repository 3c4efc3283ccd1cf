/* SPDX-License-Identifier: GPL-2.0 */
/* Host stand-in: the states of a CPU that XSAVE knows. */
#define XFEATURE_MASK_SSE 0x2
#define XFEATURE_MASK_YMM 0x4
#define XFEATURE_MASK_AVX512 0xe0
