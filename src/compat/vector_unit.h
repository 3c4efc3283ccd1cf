/* SPDX-License-Identifier: GPL-2.0 */
/*
 * kernel_fpu_begin() and kernel_fpu_end() of x86, and the features of the CPU.
 * Only crypto/vector.c includes this file, because the
 * headers are those of x86. Kbuild.crypto leaves it out on kernels that do not
 * export the functions to modules.
 */
#ifndef WG_COMPAT_VECTOR_UNIT_H
#define WG_COMPAT_VECTOR_UNIT_H

#include <asm/cpufeature.h>
#include <asm/fpu/api.h>
#include <asm/fpu/types.h>

/* Names since 4.10 at the latest. The word has the bits of CPUID on all kernels. */
#ifndef X86_FEATURE_AVX512IFMA
#define X86_FEATURE_AVX512IFMA (9 * 32 + 21)
#endif
#ifndef X86_FEATURE_AVX512BW
#define X86_FEATURE_AVX512BW (9 * 32 + 30)
#endif
#ifndef X86_FEATURE_AVX512VL
#define X86_FEATURE_AVX512VL (9 * 32 + 31)
#endif

#endif /* WG_COMPAT_VECTOR_UNIT_H */
