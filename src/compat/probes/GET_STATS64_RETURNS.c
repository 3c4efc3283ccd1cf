// SPDX-License-Identifier: GPL-2.0
/* Does ndo_get_stats64 return its argument? Before 4.11; see GET_STATS64_VOID. */
#include <linux/netdevice.h>

struct rtnl_link_stats64 *probe_GET_STATS64_RETURNS(struct net_device *dev,
						    struct rtnl_link_stats64 *stats);

const struct net_device_ops probe_GET_STATS64_RETURNS_ops = {
	.ndo_get_stats64 = probe_GET_STATS64_RETURNS,
};
