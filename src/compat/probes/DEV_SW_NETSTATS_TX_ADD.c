// SPDX-License-Identifier: GPL-2.0
/* Is there dev_sw_netstats_tx_add()? In 6.1, not in 5.4; see NETSTATS_U64. */
#include <linux/netdevice.h>

void probe_DEV_SW_NETSTATS_TX_ADD(struct net_device *dev);
void probe_DEV_SW_NETSTATS_TX_ADD(struct net_device *dev)
{
	dev_sw_netstats_tx_add(dev, 1, 1);
}
