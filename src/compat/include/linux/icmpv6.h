/* SPDX-License-Identifier: GPL-2.0 */
/*
 * <linux/icmpv6.h>: icmpv6_ndo_send(), which is in compat/icmp.c.
 */
#ifndef WG_COMPAT_ICMPV6_H
#define WG_COMPAT_ICMPV6_H

#include_next <linux/icmpv6.h>

#if !HAVE_ICMPV6_NDO_SEND
struct sk_buff;

/*
 * Called with softirqs disabled. The IP header is in the linear part of @skb. The caller has
 * cleared skb->cb, which icmpv6_send() reads.
 */
void compat_icmpv6_ndo_send(struct sk_buff *skb, u8 type, u8 code, __u32 info);
#define icmpv6_ndo_send compat_icmpv6_ndo_send
#endif

#endif /* WG_COMPAT_ICMPV6_H */
