/* SPDX-License-Identifier: GPL-2.0 */
/* Found only where the kernel has no <linux/unaligned.h> (before 6.12). */
#include <asm/unaligned.h>
