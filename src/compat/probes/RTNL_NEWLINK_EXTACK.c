// SPDX-License-Identifier: GPL-2.0
/* Does rtnl_link_ops.newlink take the attributes and an extack? In 4.14 to 6.12; see RTNL_NEWLINK_PARAMS. */
#include <net/rtnetlink.h>

char probe_RTNL_NEWLINK_EXTACK[__builtin_types_compatible_p(
	typeof(((struct rtnl_link_ops *)0)->newlink),
	int (*)(struct net *, struct net_device *, struct nlattr **, struct nlattr **,
		struct netlink_ext_ack *)) ? 1 : -1];
