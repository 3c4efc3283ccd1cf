// SPDX-License-Identifier: GPL-2.0
/* Is there __netif_napi_del()? In 5.10, not in 5.4; else netif_napi_del(), which may wait each time. */
/* exports: __netif_napi_del */
#include <linux/netdevice.h>

void probe_NETIF_NAPI_DEL_UNSYNCED(struct napi_struct *napi);
void probe_NETIF_NAPI_DEL_UNSYNCED(struct napi_struct *napi)
{
	__netif_napi_del(napi);
}
