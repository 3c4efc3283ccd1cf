// SPDX-License-Identifier: GPL-2.0
/* Is there __netif_napi_del()? In 5.10 to 6.13, not in 5.4; else NAPI_DEL_LOCKED or netif_napi_del(). */
/* exports: __netif_napi_del */
#include <linux/netdevice.h>

void probe_NETIF_NAPI_DEL_UNSYNCED(struct napi_struct *napi);
void probe_NETIF_NAPI_DEL_UNSYNCED(struct napi_struct *napi)
{
	__netif_napi_del(napi);
}
