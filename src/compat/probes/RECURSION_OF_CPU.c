// SPDX-License-Identifier: GPL-2.0
/* Does dev_recursion_level() read xmit_recursion? Before 5.2; else see RECURSION_OF_SOFTNET. */
/* exports: xmit_recursion */
#include <linux/netdevice.h>

int probe_RECURSION_OF_CPU(void);
int probe_RECURSION_OF_CPU(void)
{
	(void)sizeof(this_cpu_read(xmit_recursion));
	return dev_recursion_level();
}
