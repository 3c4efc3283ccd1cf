// SPDX-License-Identifier: GPL-2.0
/* Does rtnl_link_ops.newlink take struct rtnl_newlink_params? In 7.2, not in 6.12; see RTNL_NEWLINK_EXTACK. */
#include <net/rtnetlink.h>

struct net *probe_RTNL_NEWLINK_PARAMS(struct rtnl_newlink_params *params);
struct net *probe_RTNL_NEWLINK_PARAMS(struct rtnl_newlink_params *params)
{
	return params->tb && params->data ? rtnl_newlink_link_net(params) : NULL;
}

char probe_RTNL_NEWLINK_PARAMS_type[__builtin_types_compatible_p(
	typeof(((struct rtnl_link_ops *)0)->newlink),
	int (*)(struct net_device *, struct rtnl_newlink_params *,
		struct netlink_ext_ack *)) ? 1 : -1];
