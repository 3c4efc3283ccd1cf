/* SPDX-License-Identifier: GPL-2.0 */
/* Host stand-in: a feature is an expression that is true if the host's CPU has it. */
#ifndef SHIM_ASM_CPUFEATURE_H
#define SHIM_ASM_CPUFEATURE_H

#include <stdbool.h>

/* The compiler's names. */
#define X86_FEATURE_SSSE3 __builtin_cpu_supports("ssse3")
#define X86_FEATURE_AVX __builtin_cpu_supports("avx")
#define X86_FEATURE_AVX2 __builtin_cpu_supports("avx2")
#define X86_FEATURE_AVX512F __builtin_cpu_supports("avx512f")
#define X86_FEATURE_AVX512VL __builtin_cpu_supports("avx512vl")
#define X86_FEATURE_AVX512BW __builtin_cpu_supports("avx512bw")
#define X86_FEATURE_AVX512IFMA __builtin_cpu_supports("avx512ifma")
/* Not every compiler has names for these. They need no support by the kernel. */
#define X86_FEATURE_BMI2 shim_leaf_7(8)
#define X86_FEATURE_ADX shim_leaf_7(19)

#define boot_cpu_has(feature) (!!(feature))

/* A bit of ebx. Inlined and without branches, for the test that reads the compiled code. */
static inline __attribute__((always_inline)) bool shim_leaf_7(int bit)
{
	unsigned int a = 7, b, c = 0, d;

	__asm__ __volatile__("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
	return b >> bit & 1;
}

#endif
