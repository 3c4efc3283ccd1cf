/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The vector registers of x86 and of arm64 under one set of names: the features of the CPU, and
 * the section in which a kernel may use the registers. Only crypto/vector.c includes this file.
 * Kbuild.crypto leaves it out on other architectures, and on kernels that do not export the
 * functions to modules.
 */
#ifndef WG_COMPAT_VECTOR_UNIT_H
#define WG_COMPAT_VECTOR_UNIT_H

#include <linux/types.h>

#ifdef CONFIG_ARM64

#include <asm/neon.h>
#include <asm/simd.h>

/*
 * cpu_has_neon() would need more headers and exports in old kernels. On a CPU without the registers
 * the section may not begin anywhere.
 */
static inline bool wg_cpu_has_neon(void)
{
	return true;
}

static inline bool wg_cpu_has_ssse3(void)
{
	return false;
}

static inline bool wg_cpu_has_avx2(void)
{
	return false;
}

static inline bool wg_cpu_has_avx512(void)
{
	return false;
}

/*
 * Whether the section may begin here. Not in hard interrupts, and before 6.8 not within another
 * section. From 6.8 on a task can be preempted in a section; the kernel then saves its registers.
 */
static inline bool wg_vector_unit_usable(void)
{
	return may_use_simd();
}

static inline void wg_vector_unit_begin(void)
{
	kernel_neon_begin();
}

static inline void wg_vector_unit_end(void)
{
	kernel_neon_end();
}

#else

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

static inline bool wg_cpu_has_neon(void)
{
	return false;
}

static inline bool wg_cpu_has_ssse3(void)
{
	return boot_cpu_has(X86_FEATURE_SSSE3);
}

/* Also whether the kernel saves the registers. */
static inline bool wg_cpu_has_avx2(void)
{
	return boot_cpu_has(X86_FEATURE_AVX) && boot_cpu_has(X86_FEATURE_AVX2) &&
	       cpu_has_xfeatures(XFEATURE_MASK_SSE | XFEATURE_MASK_YMM, NULL);
}

/*
 * AVX-512 with 256-bit forms, bytes and 52-bit products. Kernels before 4.15 leave AVX512F set if
 * AVX is turned off.
 */
static inline bool wg_cpu_has_avx512(void)
{
	return boot_cpu_has(X86_FEATURE_AVX) && boot_cpu_has(X86_FEATURE_AVX2) &&
	       boot_cpu_has(X86_FEATURE_AVX512F) && boot_cpu_has(X86_FEATURE_AVX512VL) &&
	       boot_cpu_has(X86_FEATURE_AVX512BW) && boot_cpu_has(X86_FEATURE_AVX512IFMA) &&
	       cpu_has_xfeatures(XFEATURE_MASK_SSE | XFEATURE_MASK_YMM | XFEATURE_MASK_AVX512,
				 NULL);
}

/* Whether the section may begin here. Not where an interrupt has stopped another section. */
static inline bool wg_vector_unit_usable(void)
{
	return irq_fpu_usable();
}

static inline void wg_vector_unit_begin(void)
{
	kernel_fpu_begin();
}

static inline void wg_vector_unit_end(void)
{
	kernel_fpu_end();
}

#endif /* CONFIG_ARM64 */

#endif /* WG_COMPAT_VECTOR_UNIT_H */
