// SPDX-License-Identifier: GPL-2.0
/* Are the counters of pcpu_sw_netstats of type u64? Up to 5.18; see DEV_SW_NETSTATS_RX_ADD. */
#include <linux/netdevice.h>

u64 probe_NETSTATS_U64(struct net_device *dev);
u64 probe_NETSTATS_U64(struct net_device *dev)
{
	struct pcpu_sw_netstats *tstats = this_cpu_ptr(dev->tstats);

	u64_stats_update_begin(&tstats->syncp);
	tstats->rx_bytes++;
	tstats->rx_packets++;
	u64_stats_update_end(&tstats->syncp);
	return tstats->tx_bytes + tstats->tx_packets;
}
