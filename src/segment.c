// SPDX-License-Identifier: GPL-2.0
/*
 * Segmentation of GSO packets while they are copied.
 *
 * The headers of a segment are those of the packet, except (RFC 791, 768, 9293, 3168):
 *
 *	IPv4	length, identification (one more for each segment) and checksum
 *	IPv6	length
 *	UDP	length and checksum
 *	TCP	sequence number and checksum; FIN and PSH only in the last segment, CWR only in the
 *		first one
 */
#include "segment.h"

#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/string.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/checksum.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>
#include "skb_copy.h"

/*
 * The types of GSO that this file knows. SKB_GSO_DODGY is not among them: the metadata of such a
 * packet is from a program or from a guest and has to be checked first.
 */
#define WG_SEGMENT_TCP (SKB_GSO_TCPV4 | SKB_GSO_TCPV6)
#define WG_SEGMENT_KNOWN (WG_SEGMENT_TCP | SKB_GSO_TCP_ECN | COMPAT_GSO_TCP_FIXEDID | \
			  COMPAT_GSO_UDP_L4)

static bool wg_is_ipv4(const struct sk_buff *skb)
{
	return skb->protocol == htons(ETH_P_IP);
}

/*
 * Offset of the transport header if the IP header is valid for a segment of @proto; else 0. With
 * source routing the checksum is not for the destination in the header, so options and extension
 * headers are left to the kernel.
 */
static unsigned int wg_ip_headers(const struct sk_buff *skb, u8 proto)
{
	const struct iphdr *iph = ip_hdr(skb);

	if (!wg_is_ipv4(skb))
		return ipv6_hdr(skb)->nexthdr == proto ? sizeof(struct ipv6hdr) : 0;
	return iph->ihl == sizeof(*iph) / 4 && iph->protocol == proto && !ip_is_fragment(iph) ?
	       sizeof(*iph) : 0;
}

static unsigned int wg_transport_headers(const struct sk_buff *skb, unsigned int offset, bool tcp)
{
	const struct tcphdr *th = (const void *)(skb->data + offset);

	return tcp ? th->doff * 4 : sizeof(struct udphdr);
}

unsigned int wg_segments_of(struct sk_buff *skb)
{
	unsigned int type = skb_shinfo(skb)->gso_type, size = skb_shinfo(skb)->gso_size;
	bool tcp = type & WG_SEGMENT_TCP;
	unsigned int offset, headers;

	if (type & ~WG_SEGMENT_KNOWN || !(type & (WG_SEGMENT_TCP | COMPAT_GSO_UDP_L4)) ||
	    skb->encapsulation || skb->ip_summed != CHECKSUM_PARTIAL ||
	    skb_shinfo(skb)->tx_flags & WG_TX_TIMESTAMPS)
		return 0;
	if (skb_network_offset(skb))
		return 0;
	offset = wg_ip_headers(skb, tcp ? IPPROTO_TCP : IPPROTO_UDP);
	if (!offset || skb_checksum_start_offset(skb) != offset)
		return 0;
	if (!pskb_may_pull(skb, offset + (tcp ? sizeof(struct tcphdr) : sizeof(struct udphdr))))
		return 0;
	headers = wg_transport_headers(skb, offset, tcp);
	if (tcp && headers < sizeof(struct tcphdr))
		return 0;
	headers += offset;
	if (skb->len <= headers + size || !pskb_may_pull(skb, headers))
		return 0;
	if (!wg_is_readable(skb))
		return 0;
	return DIV_ROUND_UP(skb->len - headers, size);
}

bool wg_segments_begin(struct wg_segments *segments, const struct sk_buff *skb, unsigned int count)
{
	segments->skb = skb;
	segments->tcp = skb_shinfo(skb)->gso_type & WG_SEGMENT_TCP;
	segments->start = skb_checksum_start_offset(skb);
	segments->headers = segments->start +
			    wg_transport_headers(skb, segments->start, segments->tcp);
	segments->next = 0;
	segments->count = count;
	segments->size = skb_shinfo(skb)->gso_size;
	/* The headers and the GSO size are shared with clones of @skb. */
	return segments->size && segments->headers <= WG_SEGMENT_HEADERS &&
	       segments->headers < skb->len && segments->headers <= skb_headlen(skb) &&
	       DIV_ROUND_UP(skb->len - segments->headers, segments->size) == count;
}

static unsigned int wg_segments_payload(const struct wg_segments *segments, unsigned int *offset)
{
	*offset = segments->headers + segments->next * segments->size;
	return min(segments->size, segments->skb->len - *offset);
}

unsigned int wg_segments_len(const struct wg_segments *segments)
{
	unsigned int offset;

	return segments->headers + wg_segments_payload(segments, &offset);
}

static void wg_write_ipv4(const struct wg_segments *segments, struct iphdr *iph, unsigned int len)
{
	iph->tot_len = htons(len);
	if (!(skb_shinfo(segments->skb)->gso_type & COMPAT_GSO_TCP_FIXEDID))
		iph->id = htons(ntohs(iph->id) + segments->next);
	ip_send_check(iph);
}

static __sum16 wg_finish_checksum(const struct sk_buff *skb, const void *ip, unsigned int len,
				  u8 proto, __wsum sum)
{
	const struct ipv6hdr *ip6h = ip;
	const struct iphdr *iph = ip;

	if (wg_is_ipv4(skb))
		return csum_tcpudp_magic(iph->saddr, iph->daddr, len, proto, sum);
	return csum_ipv6_magic(&ip6h->saddr, &ip6h->daddr, len, proto, sum);
}

static void wg_write_tcp(const struct wg_segments *segments, struct tcphdr *th)
{
	u32 seq = ntohl(th->seq) + segments->next * segments->size;

	th->seq = htonl(seq);
	if (segments->next)
		th->cwr = 0;
	if (segments->next + 1 != segments->count) {
		th->fin = 0;
		th->psh = 0;
	}
}

/* The headers are made on the stack, since @to may have any alignment. */
void wg_segments_copy(struct wg_segments *segments, u8 *to)
{
	const struct sk_buff *skb = segments->skb;
	unsigned int start = segments->start, offset, payload, len;
	u8 headers[WG_SEGMENT_HEADERS] __aligned(4);
	struct udphdr *uh = (void *)(headers + start);
	struct tcphdr *th = (void *)(headers + start);
	__wsum sum;

	payload = wg_segments_payload(segments, &offset);
	len = segments->headers - start + payload;
	memcpy(headers, skb->data, segments->headers);
	if (wg_is_ipv4(skb))
		wg_write_ipv4(segments, (void *)headers, start + len);
	else
		((struct ipv6hdr *)headers)->payload_len = htons(len);
	if (segments->tcp) {
		wg_write_tcp(segments, th);
		th->check = 0;
	} else {
		uh->len = htons(len);
		uh->check = 0;
	}
	/* The headers have an even length, so the sums can be added. */
	sum = skb_copy_and_csum_bits(skb, offset, to + segments->headers, payload);
	sum = csum_partial(uh, segments->headers - start, sum);
	if (segments->tcp)
		th->check = wg_finish_checksum(skb, headers, len, IPPROTO_TCP, sum);
	else
		uh->check = wg_finish_checksum(skb, headers, len, IPPROTO_UDP, sum) ?:
			    CSUM_MANGLED_0;
	memcpy(to, headers, segments->headers);
	segments->next++;
}
