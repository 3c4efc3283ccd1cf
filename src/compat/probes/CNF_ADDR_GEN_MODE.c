// SPDX-License-Identifier: GPL-2.0
/* Is an interface's addr_gen_mode in its ipv6_devconf? Since 4.11; see INET6_DEV_ADDR_GEN_MODE. */
#include <linux/netdevice.h>
#include <net/if_inet6.h>

void probe_CNF_ADDR_GEN_MODE(struct inet6_dev *in6);
void probe_CNF_ADDR_GEN_MODE(struct inet6_dev *in6)
{
	in6->cnf.addr_gen_mode = 0;
}
