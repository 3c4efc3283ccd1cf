// SPDX-License-Identifier: GPL-2.0
/* Is dev_recursion_level() softnet_data's, or a task's? In 5.2, not in 4.19. */
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
