// SPDX-License-Identifier: GPL-2.0
/* Does rtnl_link_ops.newlink take only the attributes? Before 4.13; see RTNL_NEWLINK_PARAMS. */
#include <net/rtnetlink.h>

int probe_RTNL_NEWLINK_PLAIN(struct net *net, struct net_device *dev, struct nlattr *tb[],
			     struct nlattr *data[]);

struct rtnl_link_ops probe_RTNL_NEWLINK_PLAIN_ops = {
	.newlink = probe_RTNL_NEWLINK_PLAIN,
};
