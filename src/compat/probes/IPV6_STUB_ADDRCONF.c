// SPDX-License-Identifier: GPL-2.0
/* Is ipv6_stub->ipv6_dst_lookup_flow() in net/addrconf.h? In 4.9, 5.4 to 6.12; see IPV6_STUB. */
#include <net/addrconf.h>

struct dst_entry *probe_IPV6_STUB_ADDRCONF(struct net *net, const struct sock *sk,
					   struct flowi6 *fl6);
struct dst_entry *probe_IPV6_STUB_ADDRCONF(struct net *net, const struct sock *sk,
					   struct flowi6 *fl6)
{
	return ipv6_stub->ipv6_dst_lookup_flow(net, sk, fl6, NULL);
}
