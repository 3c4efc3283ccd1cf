/* SPDX-License-Identifier: GPL-2.0 */
/*
 * <net/l3mdev.h>, for kernels without VRFs: no device belongs to one.
 */
#ifndef WG_COMPAT_L3MDEV_H
#define WG_COMPAT_L3MDEV_H

#include <linux/netdevice.h>

static inline int l3mdev_master_ifindex_rcu(const struct net_device *dev)
{
	return 0;
}

#endif /* WG_COMPAT_L3MDEV_H */
