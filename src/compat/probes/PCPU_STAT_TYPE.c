// SPDX-License-Identifier: GPL-2.0
/* Does struct net_device have the type of its per-CPU counters? In 6.1, not in 5.10; else not needed. */
#include <linux/netdevice.h>

void probe_PCPU_STAT_TYPE(struct net_device *dev);
void probe_PCPU_STAT_TYPE(struct net_device *dev)
{
	dev->pcpu_stat_type = NETDEV_PCPU_STAT_TSTATS;
	dev->pcpu_stat_type = NETDEV_PCPU_STAT_NONE;
}
