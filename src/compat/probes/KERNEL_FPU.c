// SPDX-License-Identifier: GPL-2.0
/* May modules use vector registers in sections? x86. Else: no vector code serves. */
/* exports: kernel_fpu_end irq_fpu_usable cpu_has_xfeatures */
#include <asm/cpufeature.h>
#include <asm/fpu/api.h>
#include <asm/fpu/types.h>

int probe_KERNEL_FPU(void);
int probe_KERNEL_FPU(void)
{
	if (!irq_fpu_usable() || !boot_cpu_has(X86_FEATURE_AVX2) ||
	    !cpu_has_xfeatures(XFEATURE_MASK_SSE | XFEATURE_MASK_YMM | XFEATURE_MASK_AVX512, NULL))
		return 0;
	kernel_fpu_begin();
	kernel_fpu_end();
	return 1;
}
