/* SPDX-License-Identifier: GPL-2.0 */
/*
 * <linux/skbuff.h>: skb_put_data(), lists of packets, and the members of struct sk_buff
 * that describe a packet.
 */
#ifndef WG_COMPAT_SKBUFF_H
#define WG_COMPAT_SKBUFF_H

#include_next <linux/skbuff.h>

/* skb_push() returned unsigned char *, which C does not convert to other pointers. */
#if !HAVE_SKB_PUT_DATA
static inline void *compat_skb_put_data(struct sk_buff *skb, const void *data, unsigned int len)
{
	return memcpy(skb_put(skb, len), data, len);
}
#define skb_put_data(skb, data, len) compat_skb_put_data(skb, data, len)
#define skb_push(skb, len) ((void *)skb_push(skb, len))
#endif

#if !HAVE_SKB_MARK_NOT_ON_LIST
static inline void compat_skb_mark_not_on_list(struct sk_buff *skb)
{
	skb->next = NULL;
}
#define skb_mark_not_on_list(skb) compat_skb_mark_not_on_list(skb)
#endif

/* Kernels have it since 5.6 (and late 5.4). The body may free @skb. */
#ifndef skb_list_walk_safe
#define skb_list_walk_safe(first, skb, next_skb) \
	for ((skb) = (first); (skb) && ((next_skb) = (skb)->next, true); (skb) = (next_skb))
#endif

/*
 * Zeroes the members that skb_clone() copies in one piece. RHEL 7 has head_frag among them, by
 * which the buffer is freed, and leaves out priority and ip_summed.
 */
static inline void compat_skb_clear_headers(struct sk_buff *skb)
{
#if HAVE_SKB_HEADERS_GROUP
	memset(&skb->headers, 0, sizeof(skb->headers));
#else
	bool head_frag = skb->head_frag;

	/* The marks are arrays without elements, which a fortified memset() rejects. */
	memset((u8 *)skb + offsetof(struct sk_buff, headers_start), 0,
	       offsetof(struct sk_buff, headers_end) - offsetof(struct sk_buff, headers_start));
	skb->head_frag = head_frag;
	skb->priority = 0;
	skb->ip_summed = 0;
#endif
}

static inline u16 compat_skb_alloc_cpu(const struct sk_buff *skb)
{
#if HAVE_SKB_ALLOC_CPU
	return skb->alloc_cpu;
#else
	return 0;
#endif
}

static inline void compat_skb_set_alloc_cpu(struct sk_buff *skb, u16 cpu)
{
#if HAVE_SKB_ALLOC_CPU
	skb->alloc_cpu = cpu;
#endif
}

/* The type of skb->tstamp. On a kernel without types it is 0, for departure times as well. */
static inline u8 compat_skb_tstamp_type(const struct sk_buff *skb)
{
#if HAVE_SKB_TSTAMP_TYPE
	return skb->tstamp_type;
#elif HAVE_SKB_MONO_DELIVERY_TIME
	return skb->mono_delivery_time;
#else
	return 0;
#endif
}

static inline void compat_skb_set_tstamp_type(struct sk_buff *skb, u8 type)
{
#if HAVE_SKB_TSTAMP_TYPE
	skb->tstamp_type = type;
#elif HAVE_SKB_MONO_DELIVERY_TIME
	skb->mono_delivery_time = type;
#endif
}

/* The ID of the NAPI that received a packet; 0 if there is none or it is unknown. */
static inline unsigned int compat_skb_napi_id(const struct sk_buff *skb)
{
#ifdef CONFIG_NET_RX_BUSY_POLL
	return skb->napi_id;
#else
	return 0;
#endif
}

static inline void compat_skb_set_napi_id(struct sk_buff *skb, unsigned int napi_id)
{
#ifdef CONFIG_NET_RX_BUSY_POLL
	skb->napi_id = napi_id;
#endif
}

/* The number of a sent packet, by which its sender recognises the time stamp. */
static inline void compat_skb_copy_tskey(struct sk_buff *to, const struct sk_buff *from)
{
#if HAVE_SKB_TSKEY
	skb_shinfo(to)->tskey = skb_shinfo(from)->tskey;
#endif
}

/*
 * Copies the time stamps in the shared info to a linear copy, but nothing that refers to the
 * fragments of @from. With SKBTX_HW_TSTAMP_NETDEV, hwtstamps is a pointer, so the flag and
 * the value must be copied together.
 */
#if HAVE_SKB_HW_TSTAMP_NETDEV
#define COMPAT_SKBTX_TIMES (SKBTX_ANY_TSTAMP | SKBTX_HW_TSTAMP_NETDEV)
#else
#define COMPAT_SKBTX_TIMES SKBTX_ANY_TSTAMP
#endif
static inline void compat_skb_copy_times(struct sk_buff *to, const struct sk_buff *from)
{
	skb_shinfo(to)->tx_flags |= skb_shinfo(from)->tx_flags & COMPAT_SKBTX_TIMES;
	compat_skb_copy_tskey(to, from);
	skb_shinfo(to)->hwtstamps = skb_shinfo(from)->hwtstamps;
}

/*
 * The types of UDP GSO, and of TCP GSO with the same IPv4 identification in all segments; 0 if
 * HAVE_UDP_GSO is 0. On kernels 4.7 to 4.20 skb_gso_segment() splits packets of the second type.
 */
#if HAVE_UDP_GSO
#define COMPAT_HAS_UDP_GSO true
#define COMPAT_GSO_UDP_L4 SKB_GSO_UDP_L4
#define COMPAT_GSO_TCP_FIXEDID SKB_GSO_TCP_FIXEDID
#else
#define COMPAT_HAS_UDP_GSO false
#define COMPAT_GSO_UDP_L4 0
#define COMPAT_GSO_TCP_FIXEDID 0
#endif

#if !HAVE_COPY_AND_CSUM_4
#define skb_copy_and_csum_bits(skb, offset, to, len) skb_copy_and_csum_bits(skb, offset, to, len, 0)
#endif

#endif /* WG_COMPAT_SKBUFF_H */
