// SPDX-License-Identifier: GPL-2.0
/* Does udp_tunnel_xmit_skb() return the bytes sent, which we count? In 4.4, not in 4.9; see UDP_TUNNEL_XMIT_IPCB. */
#include <linux/netdevice.h>
#include <net/sock.h>
#include <net/udp_tunnel.h>

char probe_UDP_TUNNEL_XMIT_RETURNS[__builtin_types_compatible_p(
	typeof(udp_tunnel_xmit_skb),
	int(struct rtable *, struct sock *, struct sk_buff *, __be32, __be32, __u8, __u8,
	    __be16, __be16, __be16, bool, bool)) ? 1 : -1];

void probe_UDP_TUNNEL_XMIT_RETURNS_count(struct net_device *dev);
void probe_UDP_TUNNEL_XMIT_RETURNS_count(struct net_device *dev)
{
	struct pcpu_sw_netstats *tstats = this_cpu_ptr(dev->tstats);

	u64_stats_update_begin(&tstats->syncp);
	tstats->tx_bytes++;
	tstats->tx_packets++;
	u64_stats_update_end(&tstats->syncp);
}
