/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The version is defined only here: MODULE_VERSION, dkms.conf and the package
 * take it from here. It must sort after the in-tree module's version, 1.0.0, or
 * DKMS refuses to replace the in-tree module.
 */
#ifndef WG_VERSION_H
#define WG_VERSION_H

#define WIREGUARD_VERSION "2.0.0"

#endif /* WG_VERSION_H */
