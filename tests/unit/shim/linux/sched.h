/* SPDX-License-Identifier: GPL-2.0 */
/* Host stand-in: no other task needs the CPU. */
#ifndef SHIM_LINUX_SCHED_H
#define SHIM_LINUX_SCHED_H

#include_next <linux/sched.h>

#define cond_resched() do { } while (0)

#endif
