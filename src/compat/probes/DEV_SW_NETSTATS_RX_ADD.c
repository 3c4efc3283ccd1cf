// SPDX-License-Identifier: GPL-2.0
/* Is there dev_sw_netstats_rx_add()? In 5.10, not in 5.4; see NETSTATS_U64. */
#include <linux/netdevice.h>

void probe_DEV_SW_NETSTATS_RX_ADD(struct net_device *dev);
void probe_DEV_SW_NETSTATS_RX_ADD(struct net_device *dev)
{
	dev_sw_netstats_rx_add(dev, 1);
}
