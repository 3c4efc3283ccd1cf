/* SPDX-License-Identifier: GPL-2.0 */
/* Host stand-in: a test sets the number of CPUs. */
#ifndef SHIM_LINUX_CPUMASK_H
#define SHIM_LINUX_CPUMASK_H

#include <linux/compiler.h>

SHIM_SHARED unsigned int shim_cpus = 1;

#define num_online_cpus() shim_cpus

#endif
