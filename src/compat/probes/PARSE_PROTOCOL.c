// SPDX-License-Identifier: GPL-2.0
/* Does struct header_ops have parse_protocol? Since 5.1; else ndo_start_xmit sets the protocol. */
#include <linux/netdevice.h>

__be16 probe_PARSE_PROTOCOL(const struct sk_buff *skb);

const struct header_ops probe_PARSE_PROTOCOL_ops = {
	.parse_protocol = probe_PARSE_PROTOCOL,
};
