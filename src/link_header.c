// SPDX-License-Identifier: GPL-2.0
/*
 * The protocol of a packet without a link header, for packet sockets and for
 * transmit.
 *
 * packet_parse_headers() calls header_ops.parse_protocol for a raw packet that
 * was sent without a protocol. Without that hook the packet reaches the device
 * with skb->protocol 0 or ETH_P_ALL. That also happens on kernels that lack the
 * hook (before 5.1), and for SOCK_DGRAM on every kernel. Therefore this file has
 * the hook, and wg_check_protocol() for packets that did not pass through it.
 *
 * The linear part may be empty: PACKET_TX_RING leaves all bytes of a packet in
 * page fragments.
 */
#include "link_header.h"

#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>

/*
 * Reads at skb->data, where the network header of a device without a link
 * header begins. The offset of the network header is not used: it is not set on
 * every path to this function.
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
 * Whether skb->protocol is missing or is only a guess of the kernel. A build
 * switch for tests turns this off, so that a test can show the failure that the
 * inference prevents.
 *
 * A guess: the virtio-net header of a packet socket has one type for UDP GSO over
 * IPv4 and over IPv6, for which af_packet always sets ETH_P_IP.
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
 * Bytes beyond that length do no harm: the receiver removes them with the
 * padding. But if bytes were missing, the receiver would deliver padding in
 * their place.
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
