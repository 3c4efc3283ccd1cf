// SPDX-License-Identifier: GPL-2.0
/*
 * Does IPv6 BIG TCP add a hop-by-hop header, which segmentation removes? In 5.19, not in 7.3.
 * Before 6.3 the kernel assumes an Ethernet header in front of it: see
 * netif_set_tso_max_size() in our linux/netdevice.h.
 */
#include <net/ipv6.h>

unsigned long probe_HOPOPT_JUMBO(void);
unsigned long probe_HOPOPT_JUMBO(void)
{
	return sizeof(struct hop_jumbo_hdr);
}
