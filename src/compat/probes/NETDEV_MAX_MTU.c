// SPDX-License-Identifier: GPL-2.0
/* Has struct net_device max_mtu? Since 4.10; else checked in ndo_change_mtu. */
#include <linux/netdevice.h>

void probe_NETDEV_MAX_MTU(struct net_device *dev);
void probe_NETDEV_MAX_MTU(struct net_device *dev)
{
	dev->max_mtu = 1;
}
