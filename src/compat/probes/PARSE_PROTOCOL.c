// SPDX-License-Identifier: GPL-2.0
/* Has struct header_ops parse_protocol? Since 5.1; else repaired in ndo_start_xmit. */
#include <linux/netdevice.h>

__be16 probe_PARSE_PROTOCOL(const struct sk_buff *skb);

const struct header_ops probe_PARSE_PROTOCOL_ops = {
	.parse_protocol = probe_PARSE_PROTOCOL,
};
