// SPDX-License-Identifier: GPL-2.0
/* Control: compiles on every kernel; if not, the headers or the compiler are broken. */
#include <linux/module.h>
#include <linux/netdevice.h>
#include <net/genetlink.h>

int probe_CONTROL_COMPILES(struct net_device *dev);
int probe_CONTROL_COMPILES(struct net_device *dev)
{
	return dev->ifindex;
}
