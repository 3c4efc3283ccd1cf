// SPDX-License-Identifier: GPL-2.0
/* Does IPv6 BIG TCP add a hop-by-hop header, which segmentation removes? In 6.1, not in 7.3. */
/* stays: a kernel that has the header damages packets if the next probe's answer is no */
#include <net/ipv6.h>

unsigned long probe_HOPOPT_JUMBO(void);
unsigned long probe_HOPOPT_JUMBO(void)
{
	return sizeof(struct hop_jumbo_hdr);
}
