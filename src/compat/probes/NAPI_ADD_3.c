// SPDX-License-Identifier: GPL-2.0
/* Does netif_napi_add() take three arguments? In 6.1, not in 5.10; see NAPI_ADD_4. */
#include <linux/netdevice.h>

void probe_NAPI_ADD_3(struct net_device *dev, struct napi_struct *napi,
	   int (*poll)(struct napi_struct *napi, int budget));
void probe_NAPI_ADD_3(struct net_device *dev, struct napi_struct *napi,
	   int (*poll)(struct napi_struct *napi, int budget))
{
	netif_napi_add(dev, napi, poll);
}
