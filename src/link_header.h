/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The protocol of packets on a WireGuard interface, and checks of their length. The packets have
 * no link header. Their first four bits, the IP version, give the protocol.
 */
#ifndef WG_LINK_HEADER_H
#define WG_LINK_HEADER_H

#include <linux/netdevice.h>
#include <linux/skbuff.h>

extern const struct header_ops wg_header_ops;

/*
 * header_ops.parse_protocol: the protocol of the packet at skb->data. Any
 * context. Reads fragments as well and does not change @skb. Return: ETH_P_IP
 * or ETH_P_IPV6 in network order; 0 if the packet is neither or is too short.
 */
__be16 wg_parse_protocol(const struct sk_buff *skb);

/*
 * Ensures on transmit that skb->protocol matches the packet: sets it if it is
 * missing, pulls the IP header into the linear part and sets the network
 * header. Softirq or process context. @skb is not shared. Return: false if the
 * packet is not IP, or if skb->protocol contradicts the packet.
 */
bool wg_check_protocol(struct sk_buff *skb);

/*
 * Whether the packet is as long as its IP header says, or longer. Called after
 * wg_check_protocol(). Not for a GSO packet, whose IP header has no valid
 * length until it is split.
 */
bool wg_check_length(const struct sk_buff *skb);

#endif
