/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copies of packets to send: their memory, and the fields that they keep.
 */
#ifndef WG_SKB_COPY_H
#define WG_SKB_COPY_H

#include <linux/skbuff.h>
#include <linux/string.h>

/* An skb with @headroom bytes in front of room for @len bytes; NULL without memory. Any context. */
static inline struct sk_buff *wg_alloc_with_headroom(unsigned int headroom, unsigned int len)
{
	struct sk_buff *skb = alloc_skb(headroom + len, GFP_ATOMIC | __GFP_NOWARN);

	if (likely(skb))
		skb_reserve(skb, headroom);
	return skb;
}

/*
 * Whether the packet can be read: fragments in the memory of a device cannot. If one cannot, none
 * can.
 */
static inline bool wg_is_readable(const struct sk_buff *skb)
{
	u8 last;

	return !skb_copy_bits(skb, skb->len - sizeof(last), &last, sizeof(last));
}

/* The bits of skb_shared_info.tx_flags by which a sender requests transmit timestamps. */
#define WG_TX_TIMESTAMPS (SKBTX_HW_TSTAMP | SKBTX_ANY_SW_TSTAMP)

/*
 * wg_copy_metadata - copy what a message keeps of its packet
 *
 * That is control block, device, flow hash, departure time, and the requests for transmit
 * timestamps. The other bits of tx_flags describe the pages of @from.
 */
static inline void wg_copy_metadata(struct sk_buff *to, const struct sk_buff *from)
{
	const struct skb_shared_info *info = skb_shinfo(from);

	memcpy(to->cb, from->cb, sizeof(to->cb));
	to->dev = from->dev;
	to->hash = from->hash;
	to->l4_hash = from->l4_hash;
	to->sw_hash = from->sw_hash;
	to->tstamp = from->tstamp;
	compat_skb_set_tstamp_type(to, compat_skb_tstamp_type(from));
	skb_shinfo(to)->tx_flags |= info->tx_flags & WG_TX_TIMESTAMPS;
	compat_skb_copy_tskey(to, from);
	skb_shinfo(to)->hwtstamps = info->hwtstamps;
}

#endif
