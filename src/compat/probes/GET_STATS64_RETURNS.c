// SPDX-License-Identifier: GPL-2.0
/* Does ndo_get_stats64 return its argument? Before 4.11; see GET_STATS64_VOID. */
#include <linux/netdevice.h>

char probe_GET_STATS64_RETURNS[__builtin_types_compatible_p(
	typeof(((const struct net_device_ops *)0)->ndo_get_stats64),
	struct rtnl_link_stats64 *(*)(struct net_device *, struct rtnl_link_stats64 *)) ? 1 : -1];
