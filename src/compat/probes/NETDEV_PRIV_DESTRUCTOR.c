// SPDX-License-Identifier: GPL-2.0
/* Does struct net_device have priv_destructor? Since 4.12; see NETDEV_DESTRUCTOR. */
#include <linux/netdevice.h>

void probe_NETDEV_PRIV_DESTRUCTOR(struct net_device *dev);
void probe_NETDEV_PRIV_DESTRUCTOR(struct net_device *dev)
{
	dev->needs_free_netdev = true;
	dev->priv_destructor = NULL;
}
