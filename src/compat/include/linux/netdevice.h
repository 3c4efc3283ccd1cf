/* SPDX-License-Identifier: GPL-2.0 */
/*
 * <linux/netdevice.h>: header_ops.parse_protocol, lockless transmit, the
 * per-CPU packet counters of a device, NAPI.
 */
#ifndef WG_COMPAT_NETDEVICE_H
#define WG_COMPAT_NETDEVICE_H

#include_next <linux/netdevice.h>

/*
 * An initialiser in struct header_ops:
 *	.create = ...,
 *	COMPAT_HEADER_OPS_PARSE_PROTOCOL(wg_parse_protocol)
 * (no comma of its own). Without the hook it is nothing at all: a static
 * function that is not also called elsewhere needs __maybe_unused.
 */
#if HAVE_PARSE_PROTOCOL
#define COMPAT_HEADER_OPS_PARSE_PROTOCOL(fn) .parse_protocol = (fn),
#else
#define COMPAT_HEADER_OPS_PARSE_PROTOCOL(fn)
#endif

/* No queue lock around ndo_start_xmit(). Before the device is registered. */
static inline void compat_dev_set_lltx(struct net_device *dev)
{
#if HAVE_DEV_LLTX
	dev->lltx = true;
#else
	dev->features |= NETIF_F_LLTX;
#endif
}

#if !HAVE_DEV_GET_TSTATS64
static inline void compat_dev_get_tstats64(struct net_device *dev, struct rtnl_link_stats64 *s)
{
	netdev_stats_to_stats64(s, &dev->stats);
	dev_fetch_sw_netstats(s, dev->tstats);
}
#define dev_get_tstats64 compat_dev_get_tstats64
#endif

#if !HAVE_DEV_SW_NETSTATS_TX_ADD
static inline void compat_dev_sw_netstats_tx_add(struct net_device *dev,
						 unsigned int packets, unsigned int len)
{
	struct pcpu_sw_netstats *tstats = this_cpu_ptr(dev->tstats);

	u64_stats_update_begin(&tstats->syncp);
	tstats->tx_bytes += len;
	tstats->tx_packets += packets;
	u64_stats_update_end(&tstats->syncp);
}
#define dev_sw_netstats_tx_add compat_dev_sw_netstats_tx_add
#endif

#if !HAVE_NAPI_ADD_3
#define netif_napi_add(dev, napi, poll) netif_napi_add(dev, napi, poll, NAPI_POLL_WEIGHT)
#endif

#endif /* WG_COMPAT_NETDEVICE_H */
