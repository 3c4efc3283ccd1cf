/* SPDX-License-Identifier: GPL-2.0 */
/* Host stand-in: no section is freed after start. compiler.h has the marks. */
#include <linux/compiler.h>
