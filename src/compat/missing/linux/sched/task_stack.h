/* SPDX-License-Identifier: GPL-2.0 */
/* Only for kernels without <linux/sched/task_stack.h> (before 4.11): end_of_stack(). */
#include <linux/sched.h>
