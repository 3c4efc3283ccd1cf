/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Shared by the files of the network device: device.c, device_xmit.c, device_ethtool.c and
 * device_notifier.c. struct wg_device is in device.h.
 */
#ifndef WG_DEVICE_OPS_H
#define WG_DEVICE_OPS_H

#include <linux/ethtool.h>
#include <linux/list.h>
#include <linux/netdevice.h>
#include <linux/workqueue.h>
#include "device.h"

struct wg_peer;

/* All interfaces; under RTNL. */
extern struct list_head wg_devices;

/* Runs encryption and decryption. Bound to CPUs, so that this bulk work does not migrate. */
extern struct workqueue_struct *wg_crypt_wq;

/*
 * device.c. init allows interfaces to be created and returns 0 or an error. exit deletes all
 * interfaces and allows no new ones.
 */
int wg_device_module_init(void);
void wg_device_module_exit(void);

/* The private part of a net_device. Return: NULL for a device of another driver. */
struct wg_device *wg_device_of(struct net_device *dev);

/*
 * Sends staged packets, and a keepalive if persistent keepalives are on. Both begin a handshake
 * if there is no session. Does nothing if the device is down. Under device->config.
 */
void wg_device_start_peer(struct wg_peer *peer);

/* device_xmit.c. ndo_start_xmit(), with softirqs disabled. */
netdev_tx_t wg_device_xmit(struct sk_buff *skb, struct net_device *dev);

/* device_ethtool.c */
extern const struct ethtool_ops wg_ethtool_ops;

/* device_notifier.c. init returns 0 or an error. */
int wg_notifier_module_init(void);
void wg_notifier_module_exit(void);

#endif
