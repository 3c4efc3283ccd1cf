// SPDX-License-Identifier: GPL-2.0
/*
 * ndo_start_xmit(): checks a packet, finds its peer, and splits it into segments.
 */
#include "device_ops.h"

#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/string.h>
#include <net/dst_metadata.h>
#include <net/gso.h>
#include <net/icmp.h>
#include <net/ip.h>
#include <net/ip_tunnels.h>
#include <net/ipv6.h>
#include "link_header.h"
#include "peer.h"
#include "segment.h"
#include "transmit.h"

/*
 * The functions that build ICMP errors read the control block as that of the IP layer: IP
 * options, offsets of extension headers. Here it still contains what a queueing discipline or
 * a BPF program has written. icmp_send() trusts the option length in it and copies packet
 * bytes beyond a buffer on its stack. Newer kernels do not use these options for a driver;
 * older kernels and the first versions of icmp_ndo_send() do. These functions also misread a
 * dst that is not a route, such as a metadata dst.
 */
static void wg_send_unreachable(struct sk_buff *skb)
{
	if (skb_dst(skb) && !skb_valid_dst(skb))
		return;
	memset(skb->cb, 0, sizeof(skb->cb));
	if (skb->protocol == htons(ETH_P_IP))
		icmp_ndo_send(skb, ICMP_DEST_UNREACH, ICMP_HOST_UNREACH, 0);
	else if (skb->protocol == htons(ETH_P_IPV6))
		icmpv6_ndo_send(skb, ICMPV6_DEST_UNREACH, ICMPV6_ADDR_UNREACH, 0);
}

/*
 * The number of segments if @skb can stay whole until it is encrypted; else 0. A packet that may
 * have to wait for a key is split at once, because a limit applies to the packets that wait. The
 * same limit bounds the segments, and each of them is at most WG_MAX_PACKET long.
 */
static unsigned int wg_whole_segments(struct wg_peer *peer, struct sk_buff *skb)
{
	unsigned int count = wg_peer_can_send(peer) ? wg_segments_of(skb) : 0;

	return count <= WG_MAX_STAGED &&
	       skb_shinfo(skb)->gso_size <= WG_MAX_PACKET - WG_SEGMENT_HEADERS ? count : 0;
}

static void wg_queue_packet(struct sk_buff *skb, u8 tos, const struct wg_sending *around,
			    unsigned int mtu, unsigned int segments, struct sk_buff_head *packets)
{
	skb_dst_drop(skb);
	wg_outer_cb_init(skb, tos, around);
	wg_transmit_cb(skb)->mtu = mtu;
	wg_transmit_cb(skb)->segments = segments;
	__skb_queue_tail(packets, skb);
}

/*
 * Queues @skb whole if wg_whole_segments() allows it, else its segments, else @skb as a single
 * packet. Consumes @skb unless an error is returned. Segmentation without NETIF_F_SG copies the
 * data, so that no segment refers to fragments that the owner of @skb may reuse after @skb is
 * consumed.
 */
static int wg_split(struct sk_buff *skb, struct wg_peer *peer, const struct wg_sending *around,
		    struct sk_buff_head *packets)
{
	struct wg_device *device = peer->device;
	struct net_device *dev = device->dev;
	unsigned int mtu = READ_ONCE(dev->mtu);
	u8 tos = ip_tunnel_ecn_encap(0, ip_hdr(skb), skb);
	struct sk_buff *segments, *next;
	unsigned int count;

	/* The route may be that of another device: tc and bridges redirect packets here. */
	if (skb_valid_dst(skb))
		mtu = min(mtu, dst_mtu(skb_dst(skb)));
	if (skb_is_gso(skb)) {
		count = wg_whole_segments(peer, skb);
		if (likely(count)) {
			wg_queue_packet(skb, tos, around, mtu, count, packets);
			return 0;
		}
		segments = skb_gso_segment(skb, 0);
		if (IS_ERR(segments))
			return PTR_ERR(segments);
		/* NULL: the metadata says GSO, but @skb is a single packet. */
		if (segments) {
			consume_skb(skb);
			skb = segments;
		}
	} else if (unlikely(skb->len > WG_MAX_PACKET)) {
		return -EMSGSIZE;
	}
	skb_list_walk_safe(skb, skb, next) {
		skb_mark_not_on_list(skb);
		if (unlikely(skb->len > WG_MAX_PACKET)) {
			wg_count(device, WG_DROP_TX_TOO_LONG);
			kfree_skb(skb);
			continue;
		}
		wg_queue_packet(skb, tos, around, mtu, 0, packets);
	}
	return 0;
}

/* The counter for an error of wg_split(). Segmentation fails if the headers are wrong. */
static enum wg_drop wg_split_failure(int err)
{
	switch (err) {
	case -ENOMEM:
		return WG_DROP_TX_NO_MEMORY;
	case -EMSGSIZE:
		return WG_DROP_TX_TOO_LONG;
	default:
		return WG_DROP_TX_BAD_PROTOCOL;
	}
}

static struct wg_peer *wg_peer_for(struct wg_device *device, const struct sk_buff *skb)
{
	if (skb->protocol == htons(ETH_P_IP))
		return wg_peer_by_destination(device, AF_INET, &ip_hdr(skb)->daddr);
	return wg_peer_by_destination(device, AF_INET6, &ipv6_hdr(skb)->daddr);
}

static void wg_log_no_peer(const struct sk_buff *skb)
{
	if (skb->protocol == htons(ETH_P_IP))
		net_dbg_ratelimited("%s: packet refused, no allowed IP of a peer covers %pI4\n",
				    skb->dev->name, &ip_hdr(skb)->daddr);
	else
		net_dbg_ratelimited("%s: packet refused, no allowed IP of a peer covers %pI6c\n",
				    skb->dev->name, &ipv6_hdr(skb)->daddr);
}

static bool wg_is_session(const struct wg_keypair *keypair, __le32 remote_index)
{
	return keypair && keypair->remote_index == remote_index;
}

/*
 * Whether @skb is a data message of a session with @peer, that is, a routing loop. A queueing
 * discipline on the device can dequeue such a message after wg_send() has returned; then no
 * struct wg_sending describes it. Only the receiver index is compared. A WireGuard packet of
 * another host matches by chance with a probability of at most 3 in 2^32, and is then
 * dropped. A handshake message that loops is staged and cannot leave without a session, so it
 * need not be checked.
 */
static bool wg_is_message_to(struct wg_peer *peer, const struct sk_buff *skb)
{
	struct {
		struct udphdr udp;
		struct wg_msg_data data;
	} buf, *found;
	struct frag_hdr frag_buf, *frag;
	unsigned int offset;
	bool is;
	u8 next;

	if (skb->protocol == htons(ETH_P_IP)) {
		if (ip_hdr(skb)->protocol != IPPROTO_UDP ||
		    ip_hdr(skb)->frag_off & htons(IP_OFFSET))
			return false;
		offset = ip_hdrlen(skb);
	} else {
		offset = sizeof(struct ipv6hdr);
		next = ipv6_hdr(skb)->nexthdr;
		if (next == NEXTHDR_FRAGMENT) {
			frag = skb_header_pointer(skb, skb_network_offset(skb) + offset,
						  sizeof(frag_buf), &frag_buf);
			if (!frag || frag->frag_off & htons(IP6_OFFSET))
				return false;
			offset += sizeof(*frag);
			next = frag->nexthdr;
		}
		if (next != IPPROTO_UDP)
			return false;
	}
	found = skb_header_pointer(skb, skb_network_offset(skb) + offset, sizeof(buf), &buf);
	if (!found || likely(found->data.header.type != cpu_to_le32(WG_MSG_DATA)))
		return false;
	rcu_read_lock();
	is = wg_is_session(rcu_dereference(peer->keypairs.current_key), found->data.receiver) ||
	     wg_is_session(rcu_dereference(peer->keypairs.previous), found->data.receiver) ||
	     wg_is_session(rcu_dereference(peer->keypairs.next), found->data.receiver);
	rcu_read_unlock();
	return is;
}

netdev_tx_t wg_device_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct wg_device *device = netdev_priv(dev);
	const struct wg_sending *around;
	struct sk_buff_head packets;
	enum wg_drop reason;
	struct wg_peer *peer;
	int ret;

	skb = skb_share_check(skb, GFP_ATOMIC);
	if (unlikely(!skb)) {
		wg_count(device, WG_DROP_TX_NO_MEMORY);
		return NETDEV_TX_OK;
	}
	if (unlikely(!wg_check_protocol(skb))) {
		net_dbg_ratelimited("%s: packet refused, it is not IP or contradicts its protocol field\n",
				    dev->name);
		reason = WG_DROP_TX_BAD_PROTOCOL;
		ret = -EPROTONOSUPPORT;
		goto err;
	}
	if (unlikely(!skb_is_gso(skb) && !wg_check_length(skb))) {
		net_dbg_ratelimited("%s: packet refused, the length in its IP header is wrong\n",
				    dev->name);
		reason = WG_DROP_TX_BAD_LENGTH;
		ret = -EINVAL;
		goto err;
	}
	peer = wg_peer_for(device, skb);
	if (unlikely(!peer)) {
		wg_log_no_peer(skb);
		reason = WG_DROP_TX_NO_ALLOWED_IP;
		ret = -ENOKEY;
		goto err_icmp;
	}
	if (unlikely(!wg_endpoint_usable(&peer->endpoint))) {
		net_dbg_ratelimited("%s: peer %llu: packet refused, the peer has no endpoint\n",
				    dev->name, peer->id);
		reason = WG_DROP_TX_NO_ENDPOINT;
		ret = -EDESTADDRREQ;
		goto err_peer;
	}
	around = wg_outer_sending(dev, skb);
	if (unlikely(wg_sending_loops(around, &peer->endpoint) || wg_is_message_to(peer, skb))) {
		net_dbg_ratelimited("%s: peer %llu: packet refused, routing loop or too many nested tunnels\n",
				    dev->name, peer->id);
		wg_peer_put(peer);
		reason = WG_DROP_TX_ROUTING_LOOP;
		ret = -ELOOP;
		goto err;
	}
	__skb_queue_head_init(&packets);
	ret = wg_split(skb, peer, around, &packets);
	if (unlikely(ret)) {
		reason = wg_split_failure(ret);
		wg_peer_put(peer);
		goto err;
	}
	wg_transmit(peer, &packets);
	wg_peer_put(peer);
	return NETDEV_TX_OK;

err_peer:
	wg_peer_put(peer);
err_icmp:
	wg_send_unreachable(skb);
err:
	wg_count(device, reason);
	kfree_skb(skb);
	return ret;
}
