// SPDX-License-Identifier: GPL-2.0
/*
 * Aggregates: skbs with several messages for one endpoint.
 *
 * The linear part is for the outer headers only. The messages are in pages, one after the other,
 * and none of them crosses the end of a page fragment.
 */
#include "aggregate.h"

#include <linux/bug.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/string.h>
#include <net/sock.h>
#include "skb_copy.h"
#include "skb_reset.h"

/* The default is false on a kernel without UDP GSO. */
static bool gso = COMPAT_HAS_UDP_GSO;
module_param(gso, bool, 0444);
MODULE_PARM_DESC(gso, "Pass messages of equal length to the IP stack as one packet (UDP GSO)");

/* The largest allocation for which the allocator tries hard: 32 KiB with pages of 4 KiB. */
#define WG_AGGREGATE_ORDER PAGE_ALLOC_COSTLY_ORDER

bool wg_aggregate_possible(void)
{
	return COMPAT_HAS_UDP_GSO && gso;
}

/*
 * Memory for @len bytes and, if there is that much in one piece, for @more. Only the allocation for
 * @len may use reserves.
 * @order: filled in with that of the pages
 */
static struct page *wg_pages_for(unsigned int len, unsigned int more, unsigned int *order)
{
	unsigned int least = get_order(len);
	struct page *page;

	*order = min_t(unsigned int, get_order(more), WG_AGGREGATE_ORDER);
	*order = max(*order, least);
	if (*order > least) {
		page = alloc_pages(GFP_NOWAIT | __GFP_NOWARN | __GFP_NORETRY | __GFP_COMP, *order);
		if (likely(page))
			return page;
		*order = least;
	}
	return alloc_pages(GFP_ATOMIC | __GFP_NOWARN | __GFP_COMP, *order);
}

u8 *wg_aggregate_put(struct sk_buff *skb, unsigned int len, unsigned int more)
{
	struct skb_shared_info *info = skb_shinfo(skb);
	unsigned int order, used;
	struct page *page;
	skb_frag_t *frag;

	if (info->nr_frags) {
		frag = &info->frags[info->nr_frags - 1];
		page = skb_frag_page(frag);
		used = skb_frag_size(frag);
		if (used + len <= PAGE_SIZE << compound_order(page)) {
			skb_frag_size_add(frag, len);
			goto out;
		}
	}
	if (info->nr_frags == MAX_SKB_FRAGS)
		return NULL;
	page = wg_pages_for(len, more, &order);
	if (unlikely(!page))
		return NULL;
	used = 0;
	skb_fill_page_desc(skb, info->nr_frags, page, 0, len);
	/* With an owner this is what the owner is charged, and must not change. */
	if (!skb->destructor)
		skb->truesize += PAGE_SIZE << order;
out:
	skb->len += len;
	skb->data_len += len;
	info->gso_segs++;
	return page_address(page) + used;
}

void wg_aggregate_finish(struct sk_buff *skb, unsigned int size)
{
	struct skb_shared_info *info = skb_shinfo(skb);

	if (info->gso_segs == 1) {
		info->gso_segs = 0;
		return;
	}
	info->gso_size = size;
	info->gso_type = COMPAT_GSO_UDP_L4;
}

/*
 * __udp_gso_segment() charges the socket for what the segments need beyond the charge for @skb.
 * Older kernels assume that this is not negative.
 */
void wg_aggregate_check_owner(struct sk_buff *skb)
{
	if (skb_is_gso(skb) && skb->destructor == sock_wfree &&
	    skb->truesize > skb->len + skb_shinfo(skb)->gso_segs * SKB_TRUESIZE(0))
		skb_orphan(skb);
}

static struct sk_buff *wg_aggregate_copy(const struct sk_buff *skb, unsigned int offset,
					 unsigned int len, unsigned int headroom)
{
	struct sk_buff *copy = wg_alloc_with_headroom(headroom, len);

	if (unlikely(!copy))
		return NULL;
	WARN_ON_ONCE(skb_copy_bits(skb, offset, skb_put(copy, len), len));
	wg_copy_metadata(copy, skb);
	wg_reset_skb_to_send(copy);
	skb_set_inner_network_header(copy, 0);
	return copy;
}

unsigned int wg_aggregate_split(struct sk_buff *skb, struct sk_buff_head *packets,
				unsigned int headroom)
{
	unsigned int size = skb_shinfo(skb)->gso_size, offset, lost = 0;
	struct sk_buff *copy;

	for (offset = 0; offset < skb->len; offset += size) {
		copy = wg_aggregate_copy(skb, offset, min(size, skb->len - offset), headroom);
		if (likely(copy))
			__skb_queue_before(packets, skb, copy);
		else
			lost++;
	}
	__skb_unlink(skb, packets);
	consume_skb(skb);
	return lost;
}
