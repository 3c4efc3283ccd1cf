// SPDX-License-Identifier: GPL-2.0
/* Does ndo_get_stats64 return void? Since 4.11; see GET_STATS64_RETURNS. */
#include <linux/netdevice.h>

void probe_GET_STATS64_VOID(struct net_device *dev, struct rtnl_link_stats64 *stats);

const struct net_device_ops probe_GET_STATS64_VOID_ops = {
	.ndo_get_stats64 = probe_GET_STATS64_VOID,
};
