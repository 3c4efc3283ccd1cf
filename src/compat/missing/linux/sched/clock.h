/* SPDX-License-Identifier: GPL-2.0 */
/* Found only where the kernel has no <linux/sched/clock.h> (before 4.11): local_clock(). */
#include <linux/sched.h>
