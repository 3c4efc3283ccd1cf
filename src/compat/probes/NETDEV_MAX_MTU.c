// SPDX-License-Identifier: GPL-2.0
/* Does struct net_device have max_mtu? Since 4.10; else ndo_change_mtu checks the MTU. */
#include <linux/netdevice.h>

void probe_NETDEV_MAX_MTU(struct net_device *dev);
void probe_NETDEV_MAX_MTU(struct net_device *dev)
{
	dev->max_mtu = 1;
}
