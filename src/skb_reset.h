/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The fields of an skb that must not cross the tunnel.
 *
 * A packet that is encrypted or decrypted in place keeps its skb. Fields that describe the packet
 * on one side of the tunnel (secmark, tc and netfilter marks, VLAN tag, checksum state,
 * confirmation of a neighbour, queue and CPU of the device) would then affect the packet on the
 * other side. A copied packet has none of these fields set, and a packet that is processed in
 * place must not differ from it.
 *
 * Transmit calls wg_reset_skb_to_send() for an encrypted message, receive calls wg_reset_skb()
 * for a decrypted packet. Receive first calls skb_scrub_packet(skb, true), which drops references
 * (dst, extensions, conntrack), and afterwards sets the fields of the inner packet: napi_id,
 * protocol, dev, ip_summed and csum_level. On transmit, wg_sockets_send() calls
 * skb_scrub_packet(), since kernels before 4.19 release the owner of the packet in it.
 */
#ifndef WG_SKB_RESET_H
#define WG_SKB_RESET_H

#include <linux/skbuff.h>

/*
 * wg_reset_skb - clear the metadata of a packet, and set its headers to skb->data
 *
 * Not changed: data and its buffer, owner, device, dst, control block, skb_shared_info and
 * skb->tstamp. The type of skb->tstamp is cleared.
 */
static inline void wg_reset_skb(struct sk_buff *skb)
{
	/* Both describe the buffer. Some kernels have them among the fields that are cleared. */
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
 * wg_reset_skb_to_send - wg_reset_skb(), but keep the flow hash and the type of skb->tstamp
 *
 * Queues below the tunnel use the hash to distinguish flows. skb_scrub_packet() clears
 * skb->tstamp unless it has the type of a delivery time.
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
