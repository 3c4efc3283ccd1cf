// SPDX-License-Identifier: GPL-2.0
/* Does INET_ECN_decapsulate() copy ECT(1) to the inner header? In 5.8, with INET_ECN_set_ect1(); else a shim. */
#include <net/inet_ecn.h>

int probe_INET_ECN_SET_ECT1(struct sk_buff *skb);
int probe_INET_ECN_SET_ECT1(struct sk_buff *skb)
{
	return INET_ECN_set_ect1(skb);
}
