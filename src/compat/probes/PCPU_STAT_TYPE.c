// SPDX-License-Identifier: GPL-2.0
/* Does the core allocate dev->tstats by pcpu_stat_type? In 6.1 (a backport), not in 5.10; else the driver does. */
#include <linux/netdevice.h>

void probe(struct net_device *dev);
void probe(struct net_device *dev)
{
	dev->pcpu_stat_type = NETDEV_PCPU_STAT_TSTATS;
}
