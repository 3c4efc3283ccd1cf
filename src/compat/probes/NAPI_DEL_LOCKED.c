// SPDX-License-Identifier: GPL-2.0
/* Is __netif_napi_del() inline, with the lock of the device? Since 6.14; else NETIF_NAPI_DEL_UNSYNCED. */
/* exports: __netif_napi_del_locked */
#include <linux/netdevice.h>

void probe_NAPI_DEL_LOCKED(struct napi_struct *napi);
void probe_NAPI_DEL_LOCKED(struct napi_struct *napi)
{
	__netif_napi_del(napi);
}
