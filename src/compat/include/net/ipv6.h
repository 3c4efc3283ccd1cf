/* SPDX-License-Identifier: GPL-2.0 */
/*
 * <net/ipv6.h>: ip6_dst_lookup_flow() reachable without depending on ipv6.ko,
 * which on older kernels may be a module of its own and be absent.
 */
#ifndef WG_COMPAT_IPV6_H
#define WG_COMPAT_IPV6_H

#include_next <net/ipv6.h>

#if HAVE_IPV6_STUB
#include <net/ipv6_stubs.h>

static inline struct dst_entry *compat_ip6_dst_lookup_flow(struct net *net, const struct sock *sk,
							   struct flowi6 *fl6,
							   const struct in6_addr *final_dst)
{
	if (!IS_ENABLED(CONFIG_IPV6))
		return ERR_PTR(-EAFNOSUPPORT);
	return ipv6_stub->ipv6_dst_lookup_flow(net, sk, fl6, final_dst);
}

#define ip6_dst_lookup_flow compat_ip6_dst_lookup_flow
#endif

#endif /* WG_COMPAT_IPV6_H */
