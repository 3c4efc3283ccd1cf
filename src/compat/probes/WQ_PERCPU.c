// SPDX-License-Identifier: GPL-2.0
/* Is there WQ_PERCPU? In 6.12, not in 6.1; else 0, with the same effect. */
#include <linux/workqueue.h>

unsigned int probe_WQ_PERCPU(void);
unsigned int probe_WQ_PERCPU(void)
{
	return WQ_PERCPU;
}
