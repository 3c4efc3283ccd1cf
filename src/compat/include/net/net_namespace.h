/* SPDX-License-Identifier: GPL-2.0 */
/*
 * <net/net_namespace.h>: check_net().
 */
#ifndef WG_COMPAT_NET_NAMESPACE_H
#define WG_COMPAT_NET_NAMESPACE_H

#include_next <net/net_namespace.h>

#if !HAVE_CHECK_NET
static inline int compat_check_net(const struct net *net)
{
	return atomic_read(&net->count) != 0;
}
#define check_net(net) compat_check_net(net)
#endif

#endif /* WG_COMPAT_NET_NAMESPACE_H */
