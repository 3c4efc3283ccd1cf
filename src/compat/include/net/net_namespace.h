/* SPDX-License-Identifier: GPL-2.0 */
/*
 * <net/net_namespace.h>: pernet_operations.pre_exit. Before there was one, devices were
 * registered with the namespace before ours, so that exit comes before they go.
 *
 *	static struct pernet_operations ops = { COMPAT_PERNET_PRE_EXIT(fn) };
 */
#ifndef WG_COMPAT_NET_NAMESPACE_H
#define WG_COMPAT_NET_NAMESPACE_H

#include_next <net/net_namespace.h>

#if HAVE_PERNET_PRE_EXIT
#define COMPAT_PERNET_PRE_EXIT(fn) .pre_exit = (fn),
#else
#define COMPAT_PERNET_PRE_EXIT(fn) .exit = (fn),
#endif

#endif /* WG_COMPAT_NET_NAMESPACE_H */
