// SPDX-License-Identifier: GPL-2.0
/* Does struct skb_shared_info have tskey? Since 3.17, not in RHEL 7; else nothing is copied. */
/* stays: a copied packet needs it for the time stamps of its sender */
#include <linux/skbuff.h>

u32 probe_SKB_TSKEY(struct skb_shared_info *info);
u32 probe_SKB_TSKEY(struct skb_shared_info *info)
{
	return info->tskey;
}
