/* SPDX-License-Identifier: GPL-2.0 */
/* Host stand-in: arm64 always has the registers. */
#ifndef SHIM_ASM_NEON_H
#define SHIM_ASM_NEON_H

#include <asm/fpu/api.h>

#define cpu_has_neon() true
#define kernel_neon_begin kernel_fpu_begin
#define kernel_neon_end kernel_fpu_end

#endif
