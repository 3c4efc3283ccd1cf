/* SPDX-License-Identifier: GPL-2.0 */
/* Host stand-in: error numbers, which are the same. */
#include <errno.h>
#include_next <linux/errno.h>
