/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Host stand-in: vector registers belong to the process. A test may deny them. A section that
 * begins within another one, or although it was denied, ends the program.
 */
#ifndef SHIM_ASM_FPU_API_H
#define SHIM_ASM_FPU_API_H

#include <linux/compiler.h>
#include <linux/types.h>

SHIM_SHARED bool shim_fpu_denied;
SHIM_SHARED int shim_fpu_sections, shim_fpu_inside;

static inline bool irq_fpu_usable(void)
{
	return !shim_fpu_denied && !shim_fpu_inside;
}

static inline void kernel_fpu_begin(void)
{
	if (shim_fpu_inside || shim_fpu_denied)
		__builtin_trap();
	shim_fpu_inside = 1;
	shim_fpu_sections++;
}

static inline void kernel_fpu_end(void)
{
	if (!shim_fpu_inside)
		__builtin_trap();
	shim_fpu_inside = 0;
}

/* The compiler's test of a feature includes whether the system saves its registers. */
static inline int cpu_has_xfeatures(u64 mask, const char **name)
{
	(void)mask;
	(void)name;
	return 1;
}

#endif
