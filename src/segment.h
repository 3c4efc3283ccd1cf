/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Segmentation of GSO packets while they are copied: no skb is made for a segment.
 *
 * That is for the packets of TCP and UDP sockets and of GRO. skb_gso_segment() splits all others.
 */
#ifndef WG_SEGMENT_H
#define WG_SEGMENT_H

#include <linux/skbuff.h>

/* The longest headers: IPv6, and TCP with options. */
#define WG_SEGMENT_HEADERS (40 + 15 * 4)

/* A GSO packet, and the position in it. */
struct wg_segments {
	const struct sk_buff *skb;
	/* TCP or UDP, and the offset of its header. */
	bool tcp;
	unsigned int start;
	/* Bytes of payload of a segment. */
	unsigned int size;
	/* Of IP and transport header. The headers are in the linear part. */
	unsigned int headers;
	/* Number of the next segment, and of all. */
	unsigned int next;
	unsigned int count;
};

/*
 * The number of segments of @skb; 0 if skb_gso_segment() has to split it. Softirq or process
 * context. The network header is set, and skb->protocol matches the IP version; @skb is not shared.
 * The headers may be moved to the linear part.
 */
unsigned int wg_segments_of(struct sk_buff *skb);

/*
 * Begins with the first segment. Return: false if @skb no longer has the @count segments that
 * wg_segments_of() has counted.
 */
bool wg_segments_begin(struct wg_segments *segments, const struct sk_buff *skb,
		       unsigned int count);

/* The length of the next segment, with its headers. There is a next one. */
unsigned int wg_segments_len(const struct wg_segments *segments);

/*
 * Copies the next segment to @to, with its headers and checksums filled in, and goes on to the one
 * after it. @to has wg_segments_len() bytes.
 */
void wg_segments_copy(struct wg_segments *segments, u8 *to);

#endif
