/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A WireGuard interface has no link header. The first four bits of a packet,
 * the IP version, give its protocol.
 */
#ifndef WG_LINK_HEADER_H
#define WG_LINK_HEADER_H

#include <linux/netdevice.h>
#include <linux/skbuff.h>

extern const struct header_ops wg_header_ops;

__be16 wg_parse_protocol(const struct sk_buff *skb);
bool wg_check_protocol(struct sk_buff *skb);
bool wg_check_length(const struct sk_buff *skb);

#endif
