// SPDX-License-Identifier: GPL-2.0
/* Has ipv6_stub, in net/addrconf.h, ipv6_dst_lookup()? In 4.4 to 4.19.78, not in 5.4; see IPV6_STUB. */
#include <net/addrconf.h>

int probe_IPV6_STUB_LOOKUP(struct net *net, struct sock *sk, struct dst_entry **dst,
			   struct flowi6 *fl6);
int probe_IPV6_STUB_LOOKUP(struct net *net, struct sock *sk, struct dst_entry **dst,
			   struct flowi6 *fl6)
{
	return ipv6_stub->ipv6_dst_lookup(net, sk, dst, fl6);
}
