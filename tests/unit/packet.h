/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Packets for tests on the host: any bytes, spread over a linear part and fragments in any way.
 * Each part is an allocation of its own size.
 */
#ifndef WG_TEST_PACKET_H
#define WG_TEST_PACKET_H

#include <linux/kernel.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <linux/string.h>

/* A part of length zero is still a part, and must not be read either. */
static inline u8 *packet_part(const u8 *bytes, size_t len)
{
	return memcpy(kmalloc(len, GFP_KERNEL), bytes, len);
}

/*
 * @len of @bytes: @headroom unused bytes, then @linear bytes in the linear part, and the rest in
 * fragments of @frag bytes each. The last possible fragment takes everything that is left.
 */
static inline void packet_make(struct sk_buff *skb, const u8 *bytes, size_t len, size_t headroom,
			       size_t linear, size_t frag)
{
	size_t at, n;

	linear = min(linear, len);
	memset(skb, 0, sizeof(*skb));
	skb->len = len;
	skb->data_len = len - linear;
	skb->size = headroom + linear;
	skb->head = kmalloc(skb->size, GFP_KERNEL);
	memset(skb->head, 0x5a, headroom);
	skb->data = skb->head + headroom;
	memcpy(skb->data, bytes, linear);
	skb->network_header = 0xffff;
	for (at = linear; at < len; at += n) {
		n = skb->frag_count < SHIM_SKB_FRAGS - 1 ? min(frag, len - at) : len - at;
		skb->frags[skb->frag_count].data = packet_part(bytes + at, n);
		skb->frags[skb->frag_count++].len = n;
	}
}

static inline void packet_free(struct sk_buff *skb)
{
	while (skb->frag_count)
		kfree(skb->frags[--skb->frag_count].data);
	kfree(skb->head);
}

#endif
