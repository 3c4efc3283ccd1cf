// SPDX-License-Identifier: GPL-2.0
/* Does dev_recursion_level() read softnet_data or the task? In 5.2, not in 4.19; without both the level is 1. */
/* exports: softnet_data */
#include <linux/netdevice.h>

int probe_RECURSION_OF_SOFTNET(void);
int probe_RECURSION_OF_SOFTNET(void)
{
#ifndef CONFIG_PREEMPT_RT
	(void)sizeof(this_cpu_read(softnet_data.xmit.recursion));
#endif
	return dev_recursion_level();
}
