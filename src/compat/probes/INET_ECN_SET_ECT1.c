// SPDX-License-Identifier: GPL-2.0
/* Does INET_ECN_decapsulate() carry ECT(1) inwards? With INET_ECN_set_ect1(), in 5.8; else we do. */
#include <net/inet_ecn.h>

int probe_INET_ECN_SET_ECT1(struct sk_buff *skb);
int probe_INET_ECN_SET_ECT1(struct sk_buff *skb)
{
	return INET_ECN_set_ect1(skb);
}
