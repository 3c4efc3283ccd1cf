/* SPDX-License-Identifier: GPL-2.0 */
/* Host stand-in: see fpu/api.h. */
#ifndef SHIM_ASM_SIMD_H
#define SHIM_ASM_SIMD_H

#include <asm/fpu/api.h>

#define may_use_simd irq_fpu_usable

#endif
