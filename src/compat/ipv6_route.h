/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ip6_dst_lookup_flow() without a dependency on ipv6.ko, which on older kernels may be a
 * module and absent. Those kernels have ipv6_stub, in three forms. <net/udp_tunnel.h>
 * includes this file: a shim for <net/ipv6.h> would change the order of inclusion in
 * kernel headers.
 */
#ifndef WG_COMPAT_IPV6_ROUTE_H
#define WG_COMPAT_IPV6_ROUTE_H

#include <net/ipv6.h>

#if HAVE_IPV6_STUB || HAVE_IPV6_STUB_ADDRCONF || HAVE_IPV6_STUB_LOOKUP

#if HAVE_IPV6_STUB
#include <net/ipv6_stubs.h>
#else
#include <net/addrconf.h>
#include <net/xfrm.h>
#endif

static inline struct dst_entry *compat_ip6_dst_lookup_flow(struct net *net, const struct sock *sk,
							   struct flowi6 *fl6,
							   const struct in6_addr *final_dst)
{
#if !IS_ENABLED(CONFIG_IPV6)
	return ERR_PTR(-EAFNOSUPPORT);
#elif HAVE_IPV6_STUB || HAVE_IPV6_STUB_ADDRCONF
	return ipv6_stub->ipv6_dst_lookup_flow(net, sk, fl6, final_dst);
#else
	struct dst_entry *dst;
	int err;

	/* The function only reads @sk, but its parameter is not const. */
	err = ipv6_stub->ipv6_dst_lookup(net, (struct sock *)sk, &dst, fl6);
	if (err)
		return ERR_PTR(err);
	if (final_dst)
		fl6->daddr = *final_dst;
	return xfrm_lookup_route(net, dst, flowi6_to_flowi(fl6), sk, 0);
#endif
}

#define ip6_dst_lookup_flow compat_ip6_dst_lookup_flow
#endif

#endif /* WG_COMPAT_IPV6_ROUTE_H */
