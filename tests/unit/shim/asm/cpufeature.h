/* SPDX-License-Identifier: GPL-2.0 */
/* Host stand-in: the features of the host's CPU, by the names that the compiler has for them. */
#ifndef SHIM_ASM_CPUFEATURE_H
#define SHIM_ASM_CPUFEATURE_H

#define X86_FEATURE_SSSE3 "ssse3"
#define X86_FEATURE_AVX "avx"
#define X86_FEATURE_AVX2 "avx2"
#define X86_FEATURE_AVX512F "avx512f"
#define X86_FEATURE_AVX512VL "avx512vl"
#define X86_FEATURE_AVX512BW "avx512bw"
#define X86_FEATURE_AVX512IFMA "avx512ifma"

#define boot_cpu_has(feature) (!!__builtin_cpu_supports(feature))

#endif
