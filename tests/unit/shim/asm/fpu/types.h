/* SPDX-License-Identifier: GPL-2.0 */
/* Host stand-in: the CPU states that XSAVE saves. */
#define XFEATURE_MASK_SSE 0x2
#define XFEATURE_MASK_YMM 0x4
#define XFEATURE_MASK_AVX512 0xe0
