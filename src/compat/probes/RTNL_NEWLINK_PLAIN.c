// SPDX-License-Identifier: GPL-2.0
/* Does rtnl_link_ops.newlink take only the attributes? Before 4.13; see RTNL_NEWLINK_PARAMS. */
#include <net/rtnetlink.h>

char probe_RTNL_NEWLINK_PLAIN[__builtin_types_compatible_p(
	typeof(((struct rtnl_link_ops *)0)->newlink),
	int (*)(struct net *, struct net_device *, struct nlattr **, struct nlattr **)) ? 1 : -1];
