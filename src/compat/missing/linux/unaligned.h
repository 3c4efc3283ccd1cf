/* SPDX-License-Identifier: GPL-2.0 */
/* Only for kernels without <linux/unaligned.h> (before 6.12). */
#include <asm/unaligned.h>
