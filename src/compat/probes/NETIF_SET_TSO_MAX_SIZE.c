// SPDX-License-Identifier: GPL-2.0
/* Is there netif_set_tso_max_size()? In 6.1, not in 5.10; else packets have at most 64 KiB. */
/* exports: netif_set_tso_max_size */
/* stays: the tests send packets of more than 64 KiB on kernels from 6.3 on */
#include <linux/netdevice.h>

void probe_NETIF_SET_TSO_MAX_SIZE(struct net_device *dev);
void probe_NETIF_SET_TSO_MAX_SIZE(struct net_device *dev)
{
	netif_set_tso_max_size(dev, GSO_MAX_SIZE);
}
