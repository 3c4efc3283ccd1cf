/* SPDX-License-Identifier: GPL-2.0 */
/*
 * <linux/netdev_features.h>: UDP packets that are to be fragmented.
 */
#ifndef WG_COMPAT_NETDEV_FEATURES_H
#define WG_COMPAT_NETDEV_FEATURES_H

#include_next <linux/netdev_features.h>

/* Had another name while it was hardware's to do (before 4.14), and for a while none at all. */
#ifndef NETIF_F_GSO_UDP
#ifdef NETIF_F_UFO
#define NETIF_F_GSO_UDP NETIF_F_UFO
#else
#define NETIF_F_GSO_UDP 0
#endif
#endif

#endif /* WG_COMPAT_NETDEV_FEATURES_H */
