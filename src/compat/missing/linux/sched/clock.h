/* SPDX-License-Identifier: GPL-2.0 */
/* Only for kernels without <linux/sched/clock.h> (before 4.11): local_clock(). */
#include <linux/sched.h>
