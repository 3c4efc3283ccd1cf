// SPDX-License-Identifier: GPL-2.0
/* Is there dev_get_tstats64()? In 6.1, not in 5.10; see DEV_FETCH_SW_NETSTATS. */
/* exports: dev_get_tstats64 */
#include <linux/netdevice.h>

void probe_DEV_GET_TSTATS64(struct net_device *dev, struct rtnl_link_stats64 *s);
void probe_DEV_GET_TSTATS64(struct net_device *dev, struct rtnl_link_stats64 *s)
{
	dev_get_tstats64(dev, s);
}
