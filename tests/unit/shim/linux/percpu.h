/* SPDX-License-Identifier: GPL-2.0 */
/* Host stand-in: there is one CPU. */
#ifndef SHIM_LINUX_PERCPU_H
#define SHIM_LINUX_PERCPU_H

#include <linux/compiler.h>

#define this_cpu_add(var, n) ((void)((var) += (n)))
#define this_cpu_inc(var) this_cpu_add(var, 1)

#endif
