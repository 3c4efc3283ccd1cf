// SPDX-License-Identifier: GPL-2.0
/* Does rtnl_link_ops.newlink take the attributes and an extack? In 4.14 to 6.12; see RTNL_NEWLINK_PARAMS. */
#include <net/rtnetlink.h>

int probe_RTNL_NEWLINK_EXTACK(struct net *net, struct net_device *dev, struct nlattr *tb[],
			      struct nlattr *data[], struct netlink_ext_ack *extack);

struct rtnl_link_ops probe_RTNL_NEWLINK_EXTACK_ops = {
	.newlink = probe_RTNL_NEWLINK_EXTACK,
};
