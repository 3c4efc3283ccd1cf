// SPDX-License-Identifier: GPL-2.0
/* Does struct net_device have a destructor that frees it? Before 4.12; see NETDEV_PRIV_DESTRUCTOR. */
#include <linux/netdevice.h>

void probe_NETDEV_DESTRUCTOR(struct net_device *dev);
void probe_NETDEV_DESTRUCTOR(struct net_device *dev)
{
	dev->destructor = free_netdev;
}
