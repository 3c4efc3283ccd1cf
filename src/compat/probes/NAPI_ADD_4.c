// SPDX-License-Identifier: GPL-2.0
/* Does netif_napi_add() take a weight? In 5.10, not in 6.1; see NAPI_ADD_3. */
#include <linux/netdevice.h>

void probe_NAPI_ADD_4(struct net_device *dev, struct napi_struct *napi,
		      int (*poll)(struct napi_struct *napi, int budget));
void probe_NAPI_ADD_4(struct net_device *dev, struct napi_struct *napi,
		      int (*poll)(struct napi_struct *napi, int budget))
{
	netif_napi_add(dev, napi, poll, NAPI_POLL_WEIGHT);
}
