// SPDX-License-Identifier: GPL-2.0
/* Is lockless transmit NETIF_F_LLTX? In 6.1, not in 6.12; see DEV_LLTX. */
#include <linux/netdevice.h>

void probe_LLTX_FEATURE(struct net_device *dev);
void probe_LLTX_FEATURE(struct net_device *dev)
{
	dev->features |= NETIF_F_LLTX;
}
