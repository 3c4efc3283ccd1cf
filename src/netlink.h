/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The configuration interface: generic netlink family "wireguard".
 */
#ifndef WG_NETLINK_H
#define WG_NETLINK_H

/*
 * init registers the family; requests may arrive at once. Return: 0 or an error. exit
 * unregisters the family and waits for requests and dumps.
 */
int wg_netlink_module_init(void);
void wg_netlink_module_exit(void);

#endif
