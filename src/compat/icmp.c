// SPDX-License-Identifier: GPL-2.0
/*
 * ICMP errors about a packet in ndo_start_xmit(), for kernels without a
 * function for them. The error is sent to the source address that the packet
 * had before a source NAT. Empty on other kernels.
 */
#include <linux/icmpv6.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <net/icmp.h>
#include <net/ipv6.h>

#if !HAVE_ICMP_NDO_SEND || !HAVE_ICMPV6_NDO_SEND
#include <linux/netfilter.h>
#if IS_ENABLED(CONFIG_NF_NAT)
#include <net/netfilter/nf_conntrack.h>
#endif

/* The source address before a source NAT; NULL if there was no source NAT. */
static __maybe_unused const union nf_inet_addr *compat_before_nat(struct sk_buff *skb)
{
#if IS_ENABLED(CONFIG_NF_NAT)
	enum ip_conntrack_info state;
	struct nf_conn *ct = nf_ct_get(skb, &state);

	if (ct && ct->status & IPS_SRC_NAT)
		return &ct->tuplehash[CTINFO2DIR(state)].tuple.src.u3;
#endif
	return NULL;
}
#endif

#if !HAVE_ICMP_NDO_SEND
void compat_icmp_ndo_send(struct sk_buff *skb, int type, int code, __be32 info)
{
	const union nf_inet_addr *source = compat_before_nat(skb);
	struct sk_buff *copy;

	if (!source) {
		icmp_send(skb, type, code, info);
		return;
	}
	copy = skb_copy(skb, GFP_ATOMIC);
	if (!copy)
		return;
	ip_hdr(copy)->saddr = source->ip;
	icmp_send(copy, type, code, info);
	kfree_skb(copy);
}
#endif

#if !HAVE_ICMPV6_NDO_SEND
void compat_icmpv6_ndo_send(struct sk_buff *skb, u8 type, u8 code, __u32 info)
{
	const union nf_inet_addr *source = compat_before_nat(skb);
	struct sk_buff *copy;

	if (!source) {
		icmpv6_send(skb, type, code, info);
		return;
	}
	copy = skb_copy(skb, GFP_ATOMIC);
	if (!copy)
		return;
	ipv6_hdr(copy)->saddr = source->in6;
	icmpv6_send(copy, type, code, info);
	kfree_skb(copy);
}
#endif
