// SPDX-License-Identifier: GPL-2.0
/* Is there nla_put_u64_64bit()? Since 4.7; else nla_put(), without alignment. */
#include <net/netlink.h>

int probe_NLA_PUT_U64_64BIT(struct sk_buff *skb);
int probe_NLA_PUT_U64_64BIT(struct sk_buff *skb)
{
	return nla_put_u64_64bit(skb, 1, 1, 0);
}
