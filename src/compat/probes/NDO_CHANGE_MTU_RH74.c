// SPDX-License-Identifier: GPL-2.0
/* Is ndo_change_mtu called ndo_change_mtu_rh74? In RHEL 7.4 to 7.9; for kernels without NETDEV_MAX_MTU. */
/* stays: the other name does not exist there */
#include <linux/netdevice.h>

int probe_NDO_CHANGE_MTU_RH74(struct net_device *dev, int mtu);

const struct net_device_ops probe_NDO_CHANGE_MTU_RH74_ops = {
	.ndo_change_mtu_rh74 = probe_NDO_CHANGE_MTU_RH74,
};
