// SPDX-License-Identifier: GPL-2.0
/* Can every module call ip6_dst_lookup_flow()? In 4.9, 5.4 to 7.3; see IPV6_STUB. */
/* exports: ip6_dst_lookup_flow */
#include <net/ipv6.h>

struct dst_entry *probe_IP6_DST_LOOKUP_FLOW(struct net *net, const struct sock *sk,
					    struct flowi6 *fl6);
struct dst_entry *probe_IP6_DST_LOOKUP_FLOW(struct net *net, const struct sock *sk,
					    struct flowi6 *fl6)
{
	return ip6_dst_lookup_flow(net, sk, fl6, NULL);
}
