/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The fields of an skb that must not cross the tunnel.
 *
 * A packet that is encrypted or decrypted in place keeps its skb. Fields that describe the packet
 * on one side of the tunnel (secmark, tc and netfilter marks, VLAN tag, checksum state,
 * confirmation of a neighbour, queue and CPU of the device) would then act on the packet of
 * the other side. A packet that is copied has none of them. Both must look the same.
 *
 * Transmit calls wg_reset_skb_to_send() on a message that is encrypted; receive calls
 * wg_reset_skb() on a packet that is decrypted. Receive calls skb_scrub_packet(skb, true) first,
 * for what is reference counted (dst, extensions, conntrack), and sets afterwards what it knows
 * of the packet: napi_id, protocol, dev, ip_summed and csum_level. Transmit leaves the scrubbing to
 * the socket, since kernels before 4.19 release the owner of the packet there.
 */
#ifndef WG_SKB_RESET_H
#define WG_SKB_RESET_H

#include <linux/skbuff.h>

/*
 * wg_reset_skb - clear what the kernel noted on a packet; its headers begin at skb->data
 *
 * These stay: data and its buffer, owner, device, dst, control block, skb_shared_info, and
 * skb->tstamp, but without its type.
 */
static inline void wg_reset_skb(struct sk_buff *skb)
{
	/* Belongs to the buffer. Kernels before 4.18 have it among the fields that are cleared. */
	bool pfmemalloc = skb->pfmemalloc;
	u16 alloc_cpu = compat_skb_alloc_cpu(skb);

	compat_skb_clear_headers(skb);
	skb->pfmemalloc = pfmemalloc;
	compat_skb_set_alloc_cpu(skb, alloc_cpu);
	skb->peeked = 0;
	skb->mac_len = 0;
	skb->hdr_len = 0;
	skb_set_queue_mapping(skb, 0);
	skb_reset_mac_header(skb);
	skb_reset_network_header(skb);
	skb_reset_transport_header(skb);
}

/*
 * wg_reset_skb_to_send - the same, but the flow hash and the time of departure stay
 *
 * Queues below the tunnel tell flows apart by the hash. skb_scrub_packet() clears skb->tstamp
 * unless its type says that it is a time of departure.
 */
static inline void wg_reset_skb_to_send(struct sk_buff *skb)
{
	u8 tstamp_type = compat_skb_tstamp_type(skb);
	bool l4_hash = skb->l4_hash, sw_hash = skb->sw_hash;
	u32 hash = skb->hash;

	wg_reset_skb(skb);
	skb->hash = hash;
	skb->l4_hash = l4_hash;
	skb->sw_hash = sw_hash;
	compat_skb_set_tstamp_type(skb, tstamp_type);
}

#endif
