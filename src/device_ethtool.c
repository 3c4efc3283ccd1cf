// SPDX-License-Identifier: GPL-2.0
/*
 * ethtool_ops: the name of the driver and the counters.
 */
#include "device_ops.h"

#include <linux/ethtool.h>
#include <linux/string.h>
#include "stats.h"
#include "version.h"

static int wg_get_sset_count(struct net_device *dev, int sset)
{
	return sset == ETH_SS_STATS ? wg_stats_strings(NULL) : -EOPNOTSUPP;
}

static void wg_get_strings(struct net_device *dev, u32 sset, u8 *buf)
{
	if (sset == ETH_SS_STATS)
		wg_stats_strings(buf);
}

static void wg_get_ethtool_stats(struct net_device *dev, struct ethtool_stats *stats, u64 *values)
{
	struct wg_device *device = netdev_priv(dev);

	wg_stats_values(device->stats, values);
}

/* Newer kernels fill in the driver's name. The version shows which module is loaded. */
static void wg_get_drvinfo(struct net_device *dev, struct ethtool_drvinfo *info)
{
	strscpy(info->driver, KBUILD_MODNAME, sizeof(info->driver));
	strscpy(info->version, WIREGUARD_VERSION, sizeof(info->version));
}

const struct ethtool_ops wg_ethtool_ops = {
	.get_drvinfo = wg_get_drvinfo,
	.get_link = ethtool_op_get_link,
	.get_sset_count = wg_get_sset_count,
	.get_strings = wg_get_strings,
	.get_ethtool_stats = wg_get_ethtool_stats,
};
