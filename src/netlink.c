// SPDX-License-Identifier: GPL-2.0
/*
 * The configuration interface: the operations of the generic netlink family.
 */
#include "netlink.h"

#include <linux/bug.h>
#include <linux/kernel.h>
#include <linux/wireguard.h>
#include <net/genetlink.h>
#include "netlink_dump.h"
#include "netlink_family.h"
#include "netlink_set.h"

COMPAT_DEFINE_DUMP(wg_netlink_dump_start, wg_netlink_dump)

static const struct genl_ops wg_netlink_ops[] = {
	{
		.cmd = WG_CMD_GET_DEVICE,
		COMPAT_GENL_OP_POLICY(wg_device_policy)
		COMPAT_GENL_DUMP(wg_netlink_dump_start, wg_netlink_dump)
		.done = wg_netlink_dump_done,
		.flags = GENL_UNS_ADMIN_PERM,
	}, {
		.cmd = WG_CMD_SET_DEVICE,
		COMPAT_GENL_OP_POLICY(wg_device_policy)
		.doit = wg_netlink_set,
		.flags = GENL_UNS_ADMIN_PERM,
	},
};

int __init wg_netlink_module_init(void)
{
	wg_netlink_family.ops = wg_netlink_ops;
	wg_netlink_family.n_ops = ARRAY_SIZE(wg_netlink_ops);
	return genl_register_family(&wg_netlink_family);
}

void wg_netlink_module_exit(void)
{
	genl_unregister_family(&wg_netlink_family);
}
