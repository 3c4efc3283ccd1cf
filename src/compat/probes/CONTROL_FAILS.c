// SPDX-License-Identifier: GPL-2.0
/* Control: compiles on no kernel; if it does, the compiler no longer fails on errors. */
#include <linux/netdevice.h>

int probe_CONTROL_FAILS(struct net_device *dev);
int probe_CONTROL_FAILS(struct net_device *dev)
{
	return wg_no_such_function(dev->wg_no_such_field);
}
