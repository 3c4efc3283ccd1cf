/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Host stand-in: a packet of a linear part and fragments. Each part is a separate allocation of
 * the exact size, so that the address sanitizer detects each byte read beyond it.
 */
#ifndef SHIM_LINUX_SKBUFF_H
#define SHIM_LINUX_SKBUFF_H

#include <arpa/inet.h>
#include <linux/bug.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/spinlock.h>

#define SHIM_SKB_FRAGS 64

struct shim_skb_frag {
	u8 *data;
	unsigned int len;
};

struct net_device;
struct sock;

/* The fields that describe a packet and not its buffer. They are cleared together. */
#define SHIM_SKB_HEADERS struct { \
	u32 mark, priority, hash, napi_id; \
	u8 encapsulation, ip_summed, csum_level, l4_hash, sw_hash, pfmemalloc, tstamp_type; \
	u16 alloc_cpu, network_header, tc_index; \
	__be16 protocol; \
}

struct sk_buff {
	/* Links of a queue; first, as in the kernel. */
	struct sk_buff *next, *prev;
	struct net_device *dev;
	struct sock *sk;
	char cb[48] __aligned(8);
	/* Lengths of the whole packet, and of the fragments alone. */
	unsigned int len, data_len;
	/* Size of the allocation at head. */
	unsigned int size;
	union {
		SHIM_SKB_HEADERS;
		SHIM_SKB_HEADERS headers;
	};
	u8 peeked;
	u16 mac_len, hdr_len, queue_mapping;
	/* Another packet shares the bytes, and this is their sum. */
	bool cloned;
	u32 cloned_sum;
	u8 *head, *data;
	/* Also of its shared info. */
	unsigned int gso_size, gso_segs, gso_type, tskey;
	u8 tx_flags;
	u64 hwtstamps;
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
	for (i = 0; left; i++) {
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

/* Moves the linear part, so that the sanitizer detects the use of an old pointer into it. */
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
	memcpy(head, skb->head, headroom);
	SHIM_CHECK(!skb_copy_bits(skb, 0, head + headroom, len), "packet shorter than its length");
	more = len - skb_headlen(skb);
	for (i = 0; more; i++) {
		n = min(more, skb->frags[i].len);
		memmove(skb->frags[i].data, skb->frags[i].data + n, skb->frags[i].len - n);
		skb->frags[i].len -= n;
		skb->data_len -= n;
		more -= n;
	}
	kfree(skb->head);
	skb->head = head;
	skb->data = head + headroom;
	skb->size = headroom + len;
	skb->cloned = false;
	return true;
}

static inline unsigned char *skb_tail_pointer(const struct sk_buff *skb)
{
	return skb->data + skb_headlen(skb);
}

static inline int skb_tailroom(const struct sk_buff *skb)
{
	return skb->data_len ? 0 : skb->head + skb->size - skb_tail_pointer(skb);
}

static inline void *skb_put(struct sk_buff *skb, unsigned int len)
{
	void *tail = skb_tail_pointer(skb);

	SHIM_CHECK(skb_tailroom(skb) >= (int)len, "skb_put() beyond the end");
	skb->len += len;
	return tail;
}

static inline void __skb_trim(struct sk_buff *skb, unsigned int len)
{
	SHIM_CHECK(!skb->data_len && len <= skb->len, "__skb_trim() of what is not there");
	skb->len = len;
}

static inline u32 shim_skb_sum(const struct sk_buff *skb)
{
	u32 sum = 1;
	unsigned int i;

	for (i = 0; i < skb->size; i++)
		sum = sum * 31 + skb->head[i];
	return sum;
}

static inline void kfree_skb(struct sk_buff *skb)
{
	SHIM_CHECK(!skb->cloned || skb->cloned_sum == shim_skb_sum(skb), "a clone was written to");
	SHIM_CHECK(!skb->next && !skb->prev, "packet freed while in a queue");
	while (skb->frag_count)
		kfree(skb->frags[--skb->frag_count].data);
	kfree(skb->head);
	kfree(skb);
}

#define consume_skb(skb) kfree_skb(skb)

static inline void *__skb_pull(struct sk_buff *skb, unsigned int len)
{
	SHIM_CHECK(len <= skb_headlen(skb), "__skb_pull() beyond the linear part");
	skb->len -= len;
	return skb->data += len;
}

static inline bool skb_is_nonlinear(const struct sk_buff *skb)
{
	return skb->data_len;
}

static inline bool skb_cloned(const struct sk_buff *skb)
{
	return skb->cloned;
}

static inline int skb_linearize(struct sk_buff *skb)
{
	return pskb_may_pull(skb, skb->len) ? 0 : -1;
}

static inline struct sk_buff *__netdev_alloc_skb(struct net_device *dev, unsigned int len,
						 gfp_t flags)
{
	struct sk_buff *skb = kzalloc(sizeof(*skb), flags);

	if (!skb)
		return NULL;
	skb->head = kmalloc(len, flags);
	if (!skb->head) {
		kfree(skb);
		return NULL;
	}
	skb->data = skb->head;
	skb->size = len;
	skb->dev = dev;
	return skb;
}

#define CHECKSUM_UNNECESSARY 1
#define SKBTX_ANY_TSTAMP 0x41
#define SKBTX_HW_TSTAMP_NETDEV 0x20

/* No packet has a route here. */
static inline void skb_dst_drop(struct sk_buff *skb)
{
	(void)skb;
}

/* A packet that crosses a tunnel loses its state from the other side. */
static inline void skb_scrub_packet(struct sk_buff *skb, bool xnet)
{
	if (xnet)
		skb->mark = 0;
	skb->sk = NULL;
}

#define skb_clear_hash(skb) ((void)(skb))
#define skb_set_queue_mapping(skb, queue) ((skb)->queue_mapping = (queue))
#define skb_reset_mac_header(skb) ((void)(skb))
#define skb_reset_transport_header(skb) ((void)(skb))

/* A queue. The tests do not use one with a lock concurrently. */
struct sk_buff_head {
	struct sk_buff *next, *prev;
	u32 qlen;
	/* Of queues made by skb_queue_head_init(). */
	spinlock_t lock;
};

static inline void __skb_queue_head_init(struct sk_buff_head *queue)
{
	queue->next = (struct sk_buff *)queue;
	queue->prev = (struct sk_buff *)queue;
	queue->qlen = 0;
}

static inline void skb_queue_head_init(struct sk_buff_head *queue)
{
	__skb_queue_head_init(queue);
	spin_lock_init(&queue->lock);
}

#define skb_queue_len(queue) ((queue)->qlen)
#define skb_queue_empty(queue) (!(queue)->qlen)

static inline void __skb_queue_tail(struct sk_buff_head *queue, struct sk_buff *skb)
{
	SHIM_CHECK(!skb->next && !skb->prev, "packet in two queues");
	skb->next = (struct sk_buff *)queue;
	skb->prev = queue->prev;
	queue->prev->next = skb;
	queue->prev = skb;
	queue->qlen++;
}

static inline void __skb_unlink(struct sk_buff *skb, struct sk_buff_head *queue)
{
	SHIM_CHECK(queue->qlen && skb->next && skb->prev, "packet not in the queue");
	skb->prev->next = skb->next;
	skb->next->prev = skb->prev;
	skb->next = NULL;
	skb->prev = NULL;
	queue->qlen--;
}

static inline struct sk_buff *__skb_dequeue(struct sk_buff_head *queue)
{
	struct sk_buff *skb = queue->next;

	if (!queue->qlen)
		return NULL;
	__skb_unlink(skb, queue);
	return skb;
}

/* Appends all of @list to @head, which is empty here. @list stays unchanged. */
static inline void skb_queue_splice(const struct sk_buff_head *list, struct sk_buff_head *head)
{
	SHIM_CHECK(!head->qlen, "spliced to what is not empty");
	if (!list->qlen)
		return;
	*head = *list;
	head->next->prev = (struct sk_buff *)head;
	head->prev->next = (struct sk_buff *)head;
}

#define skb_dequeue(queue) __skb_dequeue(queue)

static inline void __skb_queue_purge(struct sk_buff_head *queue)
{
	struct sk_buff *skb;

	while ((skb = __skb_dequeue(queue)))
		kfree_skb(skb);
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
