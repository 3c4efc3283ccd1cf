/* SPDX-License-Identifier: GPL-2.0 */
/*
 * <net/rtnetlink.h>: rtnl_link_ops.newlink with struct rtnl_newlink_params.
 *
 *	static int wg_newlink(struct net_device *dev, struct rtnl_newlink_params *params,
 *			      struct netlink_ext_ack *extack) { ... }
 *	COMPAT_DEFINE_NEWLINK(wg_newlink)
 *	... .newlink = COMPAT_NEWLINK(wg_newlink),
 *
 * rtnl_newlink_link_net(params) is the namespace in which the device is created, for its
 * sockets: that of IFLA_LINK_NETNSID if given, otherwise that of the caller. The attributes
 * are in params->tb and params->data.
 */
#ifndef WG_COMPAT_RTNETLINK_H
#define WG_COMPAT_RTNETLINK_H

#include_next <net/rtnetlink.h>

#if HAVE_RTNL_NEWLINK_PARAMS

#define COMPAT_DEFINE_NEWLINK(fn)
#define COMPAT_NEWLINK(fn) (fn)

#else

/* Old kernels pass one namespace, selected by the same rule. */
struct compat_rtnl_newlink_params {
	struct net *src_net;
	struct net *link_net;
	struct net *peer_net;
	struct nlattr **tb;
	struct nlattr **data;
};

#define rtnl_newlink_params compat_rtnl_newlink_params

static inline struct net *
compat_rtnl_newlink_link_net(const struct compat_rtnl_newlink_params *params)
{
	return params->src_net;
}

#define rtnl_newlink_link_net(params) compat_rtnl_newlink_link_net(params)

#if HAVE_RTNL_NEWLINK_EXTACK
#define COMPAT_NEWLINK_EXTACK , struct netlink_ext_ack *extack
#define COMPAT_NEWLINK_GIVEN extack
#else
#define COMPAT_NEWLINK_EXTACK
#define COMPAT_NEWLINK_GIVEN NULL
#endif

#define COMPAT_NEWLINK(fn) compat_adapt_##fn
#define COMPAT_DEFINE_NEWLINK(fn)						\
static int compat_adapt_##fn(struct net *src_net, struct net_device *dev,	\
			     struct nlattr *tb[], struct nlattr *data[]		\
			     COMPAT_NEWLINK_EXTACK)				\
{										\
	struct rtnl_newlink_params params = {					\
		.src_net = src_net,						\
		.link_net = src_net,						\
		.peer_net = src_net,						\
		.tb = tb,							\
		.data = data,							\
	};									\
										\
	return fn(dev, &params, COMPAT_NEWLINK_GIVEN);				\
}

#endif
#endif /* WG_COMPAT_RTNETLINK_H */
