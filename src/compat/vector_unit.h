/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The sections in which x86 kernels lend their vector registers, and the
 * features of the CPU. On kernels that do not offer them to modules no section
 * can begin. Only crypto/vector.c includes this file, because the headers are
 * those of x86.
 */
#ifndef WG_COMPAT_VECTOR_UNIT_H
#define WG_COMPAT_VECTOR_UNIT_H

#include <asm/cpufeature.h>

#if HAVE_KERNEL_FPU
#include <asm/fpu/api.h>
#include <asm/fpu/types.h>

static inline bool compat_has_xfeatures(u64 mask)
{
	return cpu_has_xfeatures(mask, NULL);
}

#else

#define irq_fpu_usable() false
#define kernel_fpu_begin() do { } while (0)
#define kernel_fpu_end() do { } while (0)
#define XFEATURE_MASK_SSE 0
#define XFEATURE_MASK_YMM 0
#define XFEATURE_MASK_AVX512 0

static inline bool compat_has_xfeatures(u64 mask)
{
	return false;
}

#endif

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
