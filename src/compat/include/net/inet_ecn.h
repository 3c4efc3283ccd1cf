/* SPDX-License-Identifier: GPL-2.0 */
/*
 * <net/inet_ecn.h>: INET_ECN_decapsulate() according to RFC 6040. Earlier kernels leave
 * ECT(0) in the inner header if the outer header has ECT(1).
 */
#ifndef WG_COMPAT_INET_ECN_H
#define WG_COMPAT_INET_ECN_H

#include_next <net/inet_ecn.h>

#if !HAVE_INET_ECN_SET_ECT1
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <net/dsfield.h>

/* The network header is the inner one and writable; skb->protocol is its type. */
static inline int compat_inet_ecn_decapsulate(struct sk_buff *skb, __u8 outer, __u8 inner)
{
	if ((outer & INET_ECN_MASK) == INET_ECN_ECT_1 &&
	    (inner & INET_ECN_MASK) == INET_ECN_ECT_0) {
		if (skb->protocol == htons(ETH_P_IP))
			ipv4_change_dsfield(ip_hdr(skb), (__u8)~INET_ECN_MASK, INET_ECN_ECT_1);
		else
			ipv6_change_dsfield(ipv6_hdr(skb), (__u8)~INET_ECN_MASK, INET_ECN_ECT_1);
	}
	return INET_ECN_decapsulate(skb, outer, inner);
}
#define INET_ECN_decapsulate(skb, outer, inner) compat_inet_ecn_decapsulate(skb, outer, inner)
#endif

#endif /* WG_COMPAT_INET_ECN_H */
