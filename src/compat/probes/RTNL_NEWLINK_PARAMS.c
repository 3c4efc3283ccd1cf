// SPDX-License-Identifier: GPL-2.0
/* Does rtnl_link_ops.newlink take struct rtnl_newlink_params? In 7.2, not in 6.12; see RTNL_NEWLINK_EXTACK. */
#include <net/rtnetlink.h>

int probe_RTNL_NEWLINK_PARAMS(struct net_device *dev, struct rtnl_newlink_params *params,
			      struct netlink_ext_ack *extack);

struct net *probe_RTNL_NEWLINK_PARAMS_net(struct rtnl_newlink_params *params);
struct net *probe_RTNL_NEWLINK_PARAMS_net(struct rtnl_newlink_params *params)
{
	return params->tb && params->data ? rtnl_newlink_link_net(params) : NULL;
}

struct rtnl_link_ops probe_RTNL_NEWLINK_PARAMS_ops = {
	.newlink = probe_RTNL_NEWLINK_PARAMS,
};
