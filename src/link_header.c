// SPDX-License-Identifier: GPL-2.0
/*
 * The protocol of a packet without a link header, for packet sockets and for
 * transmit.
 *
 * packet_parse_headers() asks a device for the protocol of a raw packet that
 * came without one. A device whose header_ops have no answer gets the packet
 * with skb->protocol 0, or ETH_P_ALL, as do all devices on kernels that do not
 * ask (before 5.1), and for SOCK_DGRAM on every kernel. Hence the two halves
 * here: the hook, and the check on transmit that stands in for it.
 *
 * No byte is taken for granted. A packet sent through PACKET_TX_RING has no
 * linear part at all: its bytes lie in page fragments.
 */
#include "link_header.h"

#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>

/*
 * wg_parse_protocol - header_ops.parse_protocol
 *
 * The offset of the network header is meaningful on some paths (the stack has
 * sent the packet) and not yet set on others (the hook is called before). Both
 * on old kernels and for the hook, a device with no link header has its network
 * header where the data begins.
 *
 * Any context; reads through fragments, changes nothing. Return: ETH_P_IP or
 * ETH_P_IPV6 in network order, or 0 for what is neither or too short for it.
 */
__be16 wg_parse_protocol(const struct sk_buff *skb)
{
	const u8 *first;
	u8 byte;

	first = skb_header_pointer(skb, 0, sizeof(byte), &byte);
	if (!first)
		return 0;
	switch (*first >> 4) {
	case 4:
		return skb->len >= sizeof(struct iphdr) ? htons(ETH_P_IP) : 0;
	case 6:
		return skb->len >= sizeof(struct ipv6hdr) ? htons(ETH_P_IPV6) : 0;
	default:
		return 0;
	}
}

const struct header_ops wg_header_ops = {
	COMPAT_HEADER_OPS_PARSE_PROTOCOL(wg_parse_protocol)
};

/*
 * Nobody has said what the packet is. A build switch for tests leaves such a
 * packet alone, so that the failure that all of this is for can be seen.
 *
 * For UDP that is to be cut up the vnet header of a packet socket has one type for
 * IPv4 and IPv6, and af_packet calls both ETH_P_IP: no word of the sender's.
 */
static bool wg_protocol_unset(const struct sk_buff *skb)
{
#ifdef WG_TEST_NO_INFERENCE
	return false;
#else
	return !skb->protocol || skb->protocol == htons(ETH_P_ALL) ||
	       (skb->protocol == htons(ETH_P_IP) && skb_is_gso(skb) &&
		!(skb_shinfo(skb)->gso_type & (SKB_GSO_TCPV4 | SKB_GSO_TCPV6)));
#endif
}

/*
 * wg_check_protocol - make sure on transmit that skb->protocol tells the truth
 *
 * A packet without a protocol is given its own; the IP header is pulled into
 * the linear part and the network header set, for all who look at it later.
 * Softirq or process context; @skb is the caller's own.
 *
 * Return: false for a packet that is no IP, or says to be another one than it is.
 */
bool wg_check_protocol(struct sk_buff *skb)
{
	__be16 real = wg_parse_protocol(skb);

	if (!real || (skb->protocol != real && !wg_protocol_unset(skb)))
		return false;
	if (!pskb_may_pull(skb, real == htons(ETH_P_IP) ? sizeof(struct iphdr) :
							   sizeof(struct ipv6hdr)))
		return false;
	skb->protocol = real;
	skb_reset_network_header(skb);
	return true;
}

/*
 * wg_check_length - whether all that the IP header speaks of is there
 *
 * Bytes beyond it do no harm: the far end cuts them off with the padding. But where
 * some are missing it would take padding for them, and deliver what nobody sent.
 * After wg_check_protocol(); not for a GSO packet, which says nothing true about
 * its length until it is split.
 */
bool wg_check_length(const struct sk_buff *skb)
{
	unsigned int len, head;

	if (skb->protocol == htons(ETH_P_IP)) {
		head = ip_hdr(skb)->ihl * 4;
		len = ntohs(ip_hdr(skb)->tot_len);
		return head >= sizeof(struct iphdr) && head <= len && len <= skb->len;
	}
	return ntohs(ipv6_hdr(skb)->payload_len) + sizeof(struct ipv6hdr) <= skb->len;
}
