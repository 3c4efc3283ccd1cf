// SPDX-License-Identifier: GPL-2.0
/* Is ipv6_stub->ipv6_dst_lookup() in net/addrconf.h? In 4.4 to 4.19.78, not in 5.4; see IPV6_STUB. */
#include <net/addrconf.h>
#include <net/xfrm.h>

struct dst_entry *probe_IPV6_STUB_LOOKUP(struct net *net, const struct sock *sk,
					 struct flowi6 *fl6);
struct dst_entry *probe_IPV6_STUB_LOOKUP(struct net *net, const struct sock *sk,
					 struct flowi6 *fl6)
{
	struct dst_entry *dst;

	if (ipv6_stub->ipv6_dst_lookup(net, (struct sock *)sk, &dst, fl6))
		return NULL;
	return xfrm_lookup_route(net, dst, flowi6_to_flowi(fl6), sk, 0);
}
