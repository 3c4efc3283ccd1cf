// SPDX-License-Identifier: GPL-2.0
/* Is the IPv6 route lookup in ipv6_stub? In 6.12, not in 7.2; see IP6_DST_LOOKUP_FLOW. */
#include <net/ipv6.h>
#include <net/ipv6_stubs.h>

struct dst_entry *probe_IPV6_STUB(struct net *net, const struct sock *sk, struct flowi6 *fl6);
struct dst_entry *probe_IPV6_STUB(struct net *net, const struct sock *sk, struct flowi6 *fl6)
{
	return ipv6_stub->ipv6_dst_lookup_flow(net, sk, fl6, NULL);
}
