// SPDX-License-Identifier: GPL-2.0
/* Is an interface's addr_gen_mode in its inet6_dev? In 4.4 and 4.9, not in 4.14; see CNF_ADDR_GEN_MODE. */
#include <linux/netdevice.h>
#include <net/if_inet6.h>

void probe_INET6_DEV_ADDR_GEN_MODE(struct inet6_dev *in6);
void probe_INET6_DEV_ADDR_GEN_MODE(struct inet6_dev *in6)
{
	in6->addr_gen_mode = 0;
}
