// SPDX-License-Identifier: GPL-2.0
/* Is dev_recursion_level() xmit_recursion? Before 5.2; with neither, all levels look like 1. */
/* exports: xmit_recursion */
#include <linux/netdevice.h>

int probe_RECURSION_OF_CPU(void);
int probe_RECURSION_OF_CPU(void)
{
	(void)sizeof(this_cpu_read(xmit_recursion));
	return dev_recursion_level();
}
