// SPDX-License-Identifier: GPL-2.0
/* Is lockless transmit dev->lltx? In 6.12, not in 6.1; see LLTX_FEATURE. */
#include <linux/netdevice.h>

void probe_DEV_LLTX(struct net_device *dev);
void probe_DEV_LLTX(struct net_device *dev)
{
	dev->lltx = true;
}
