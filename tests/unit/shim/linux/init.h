/* SPDX-License-Identifier: GPL-2.0 */
/* Host stand-in: no section is freed after start; the marks are compiler.h's. */
#include <linux/compiler.h>
