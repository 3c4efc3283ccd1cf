/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Host stand-in: a packet of a linear part and fragments. Each part is an
 * allocation of its own and of the exact size, so that the address sanitizer
 * sees each byte read beyond it.
 */
#ifndef SHIM_LINUX_SKBUFF_H
#define SHIM_LINUX_SKBUFF_H

#include <arpa/inet.h>
#include <linux/bug.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>

#define SHIM_SKB_FRAGS 64

struct shim_skb_frag {
	u8 *data;
	unsigned int len;
};

struct sk_buff {
	/* Of the whole packet, and of the fragments alone. */
	unsigned int len, data_len;
	__be16 protocol;
	u16 network_header;
	u8 *head, *data;
	/* Also its shared info. */
	unsigned int gso_size, gso_type;
	unsigned int frag_count;
	struct shim_skb_frag frags[SHIM_SKB_FRAGS];
};

#define SKB_GSO_TCPV4 (1 << 0)
#define SKB_GSO_UDP (1 << 1)
#define SKB_GSO_TCPV6 (1 << 4)
#define SKB_GSO_UDP_L4 (1 << 17)

#define skb_shinfo(skb) (skb)

static inline bool skb_is_gso(const struct sk_buff *skb)
{
	return skb->gso_size;
}

static inline unsigned int skb_headlen(const struct sk_buff *skb)
{
	return skb->len - skb->data_len;
}

static inline int skb_copy_bits(const struct sk_buff *skb, int offset, void *to, int len)
{
	unsigned int i, n, at = offset, left = len, linear = skb_headlen(skb);
	u8 *out = to;

	if (offset < 0 || len < 0 || at > skb->len || left > skb->len - at)
		return -1;
	if (at < linear) {
		n = min(left, linear - at);
		memcpy(out, skb->data + at, n);
		out += n;
		left -= n;
		at = 0;
	} else {
		at -= linear;
	}
	for (i = 0; left; ++i) {
		SHIM_CHECK(i < skb->frag_count, "fragments shorter than data_len");
		if (at >= skb->frags[i].len) {
			at -= skb->frags[i].len;
			continue;
		}
		n = min(left, skb->frags[i].len - at);
		memcpy(out, skb->frags[i].data + at, n);
		out += n;
		left -= n;
		at = 0;
	}
	return 0;
}

static inline void *skb_header_pointer(const struct sk_buff *skb, int offset, int len,
				       void *buffer)
{
	if ((int)skb_headlen(skb) - offset >= len)
		return skb->data + offset;
	return skb_copy_bits(skb, offset, buffer, len) ? NULL : buffer;
}

/* Moves the linear part, so that a pointer into it from before is found out. */
static inline bool pskb_may_pull(struct sk_buff *skb, unsigned int len)
{
	unsigned int i, n, headroom = skb->data - skb->head, more;
	u8 *head;

	if (len <= skb_headlen(skb))
		return true;
	if (len > skb->len)
		return false;
	head = kmalloc(headroom + len, GFP_ATOMIC);
	if (!head)
		return false;
	SHIM_CHECK(!skb_copy_bits(skb, 0, head + headroom, len), "packet shorter than its length");
	more = len - skb_headlen(skb);
	for (i = 0; more; ++i) {
		n = min(more, skb->frags[i].len);
		memmove(skb->frags[i].data, skb->frags[i].data + n, skb->frags[i].len - n);
		skb->frags[i].len -= n;
		skb->data_len -= n;
		more -= n;
	}
	kfree(skb->head);
	skb->head = head;
	skb->data = head + headroom;
	return true;
}

static inline void skb_reset_network_header(struct sk_buff *skb)
{
	skb->network_header = skb->data - skb->head;
}

static inline const struct iphdr *ip_hdr(const struct sk_buff *skb)
{
	return (const void *)(skb->head + skb->network_header);
}

static inline const struct ipv6hdr *ipv6_hdr(const struct sk_buff *skb)
{
	return (const void *)(skb->head + skb->network_header);
}

#endif
