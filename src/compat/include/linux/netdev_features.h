/* SPDX-License-Identifier: GPL-2.0 */
/*
 * <linux/netdev_features.h>: NETIF_F_GSO_UDP, fragmentation of UDP packets.
 */
#ifndef WG_COMPAT_NETDEV_FEATURES_H
#define WG_COMPAT_NETDEV_FEATURES_H

#include_next <linux/netdev_features.h>

/* NETIF_F_UFO before 4.14, when hardware could do it. Some later kernels have neither. */
#ifndef NETIF_F_GSO_UDP
#ifdef NETIF_F_UFO
#define NETIF_F_GSO_UDP NETIF_F_UFO
#else
#define NETIF_F_GSO_UDP 0
#endif
#endif

#endif /* WG_COMPAT_NETDEV_FEATURES_H */
