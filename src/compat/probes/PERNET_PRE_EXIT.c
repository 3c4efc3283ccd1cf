// SPDX-License-Identifier: GPL-2.0
/* Has struct pernet_operations pre_exit? In 5.4, not in 4.19.78; else exit. */
#include <net/net_namespace.h>

void probe_PERNET_PRE_EXIT(struct net *net);

struct pernet_operations probe_PERNET_PRE_EXIT_ops = {
	.pre_exit = probe_PERNET_PRE_EXIT,
};
