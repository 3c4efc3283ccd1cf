// SPDX-License-Identifier: GPL-2.0
/* Is there dev_fetch_sw_netstats()? In 5.10, not in 5.4; see NETSTATS_U64. */
/* exports: dev_fetch_sw_netstats */
#include <linux/netdevice.h>

void probe_DEV_FETCH_SW_NETSTATS(struct net_device *dev, struct rtnl_link_stats64 *s);
void probe_DEV_FETCH_SW_NETSTATS(struct net_device *dev, struct rtnl_link_stats64 *s)
{
	dev_fetch_sw_netstats(s, dev->tstats);
}
