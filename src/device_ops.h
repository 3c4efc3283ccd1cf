/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The network device: what rtnetlink makes, brings up and down, and ends.
 */
#ifndef WG_DEVICE_OPS_H
#define WG_DEVICE_OPS_H

#include "device.h"

int wg_device_module_init(void);
void wg_device_module_exit(void);

/* NULL for a device that is none of ours. */
struct wg_device *wg_device_of(struct net_device *dev);

#endif
