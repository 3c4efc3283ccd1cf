/* SPDX-License-Identifier: GPL-2.0 */
/*
 * <net/icmp.h>: icmp_ndo_send(), which is in compat/icmp.c.
 */
#ifndef WG_COMPAT_ICMP_H
#define WG_COMPAT_ICMP_H

#include_next <net/icmp.h>

#if !HAVE_ICMP_NDO_SEND
struct sk_buff;

/*
 * Called with softirqs disabled. The IP header is in the linear part of @skb. The caller has
 * cleared skb->cb, which icmp_send() reads.
 */
void compat_icmp_ndo_send(struct sk_buff *skb, int type, int code, __be32 info);
#define icmp_ndo_send compat_icmp_ndo_send
#endif

#endif /* WG_COMPAT_ICMP_H */
