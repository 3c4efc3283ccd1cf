/* SPDX-License-Identifier: GPL-2.0 */
/* Host stand-in: the changes of RFC 6040 to the inner header of a packet from a tunnel. */
#ifndef SHIM_NET_INET_ECN_H
#define SHIM_NET_INET_ECN_H

#include <linux/skbuff.h>

static inline u8 ipv6_get_dsfield(const struct ipv6hdr *hdr)
{
	const u8 *bytes = (const u8 *)hdr;

	return bytes[0] << 4 | bytes[1] >> 4;
}

/* The checksum stays as right or wrong as it was (RFC 1624). */
static inline void shim_ecn_set(struct sk_buff *skb, u8 ecn)
{
	u8 *bytes = skb->head + skb->network_header;
	u32 sum;

	if (skb->protocol == htons(ETH_P_IPV6)) {
		bytes[1] = (bytes[1] & ~0x30) | ecn << 4;
		return;
	}
	sum = (u16)~(bytes[10] << 8 | bytes[11]) + (u16)~(bytes[0] << 8 | bytes[1]);
	bytes[1] = (bytes[1] & ~3) | ecn;
	sum += bytes[0] << 8 | bytes[1];
	sum = (sum & 0xffff) + (sum >> 16);
	sum = ~((sum & 0xffff) + (sum >> 16));
	bytes[10] = sum >> 8;
	bytes[11] = sum;
}

/* Returns 2 or more if RFC 6040 would drop the packet, which is unchanged then. */
static inline int INET_ECN_decapsulate(struct sk_buff *skb, u8 outer, u8 inner)
{
	outer &= 3;
	inner &= 3;
	if (!inner)
		return outer == 3 ? 2 : !!outer;
	if (outer == 3 || (outer == 1 && inner == 2))
		shim_ecn_set(skb, outer);
	return 0;
}

#endif
