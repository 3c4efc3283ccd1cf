/* SPDX-License-Identifier: GPL-2.0 */
/*
 * <linux/netdevice.h>: header_ops.parse_protocol, lockless transmit, the recursion level
 * of transmit, the per-CPU packet counters of a device, NAPI, and the destructor, the
 * maximum MTU and ndo_get_stats64 of a device.
 */
#ifndef WG_COMPAT_NETDEVICE_H
#define WG_COMPAT_NETDEVICE_H

#include_next <linux/netdevice.h>

/*
 * An initialiser in struct header_ops, without a comma after it:
 *	.create = ...,
 *	COMPAT_HEADER_OPS_PARSE_PROTOCOL(wg_parse_protocol)
 * It is empty on kernels without the member: a static function that is not called
 * elsewhere needs __maybe_unused.
 */
#if HAVE_PARSE_PROTOCOL
#define COMPAT_HEADER_OPS_PARSE_PROTOCOL(fn) .parse_protocol = (fn),
#else
#define COMPAT_HEADER_OPS_PARSE_PROTOCOL(fn)
#endif

/* Disables the queue lock around ndo_start_xmit(). Call before register_netdevice(). */
static inline void compat_dev_set_lltx(struct net_device *dev)
{
#if HAVE_DEV_LLTX
	dev->lltx = true;
#else
	dev->features |= NETIF_F_LLTX;
#endif
}

/* 1 is the level in ndo_start_xmit() of a device that is not below another device. */
#if !HAVE_RECURSION_OF_SOFTNET && !HAVE_RECURSION_OF_CPU
static inline int compat_dev_recursion_level(void)
{
	return 1;
}

#define dev_recursion_level compat_dev_recursion_level
#endif

/* @type: NETDEV_PCPU_STAT_*; under RTNL */
#if HAVE_PCPU_STAT_TYPE
#define compat_dev_set_pcpu_stat_type(dev, type) ((dev)->pcpu_stat_type = (type))
#else
#define compat_dev_set_pcpu_stat_type(dev, type) ((void)(dev))
#endif

#if !HAVE_DEV_GET_TSTATS64
#if HAVE_DEV_FETCH_SW_NETSTATS
#define compat_fetch_tstats(dev, s) dev_fetch_sw_netstats(s, (dev)->tstats)
#else
/*
 * Writers update the counters with softirqs disabled. The reader disables softirqs, too, so
 * that it cannot interrupt an update on its CPU.
 */
static inline void compat_fetch_tstats(struct net_device *dev, struct rtnl_link_stats64 *s)
{
	u64 rx_packets, rx_bytes, tx_packets, tx_bytes;
	const struct pcpu_sw_netstats *tstats;
	unsigned int start;
	int cpu;

	for_each_possible_cpu(cpu) {
		tstats = per_cpu_ptr(dev->tstats, cpu);
		local_bh_disable();
		do {
			start = u64_stats_fetch_begin(&tstats->syncp);
			rx_packets = tstats->rx_packets;
			rx_bytes = tstats->rx_bytes;
			tx_packets = tstats->tx_packets;
			tx_bytes = tstats->tx_bytes;
		} while (u64_stats_fetch_retry(&tstats->syncp, start));
		local_bh_enable();
		s->rx_packets += rx_packets;
		s->rx_bytes += rx_bytes;
		s->tx_packets += tx_packets;
		s->tx_bytes += tx_bytes;
	}
}
#endif

static inline void compat_dev_get_tstats64(struct net_device *dev, struct rtnl_link_stats64 *s)
{
	netdev_stats_to_stats64(s, &dev->stats);
	compat_fetch_tstats(dev, s);
}
#define dev_get_tstats64 compat_dev_get_tstats64
#endif

#if !HAVE_DEV_SW_NETSTATS_RX_ADD
static inline void compat_dev_sw_netstats_rx_add(struct net_device *dev, unsigned int len)
{
	struct pcpu_sw_netstats *tstats = this_cpu_ptr(dev->tstats);

	u64_stats_update_begin(&tstats->syncp);
	tstats->rx_bytes += len;
	tstats->rx_packets++;
	u64_stats_update_end(&tstats->syncp);
}
#define dev_sw_netstats_rx_add compat_dev_sw_netstats_rx_add
#endif

#if !HAVE_DEV_SW_NETSTATS_TX_ADD
static inline void compat_dev_sw_netstats_tx_add(struct net_device *dev, unsigned int packets,
						 unsigned int len)
{
	struct pcpu_sw_netstats *tstats = this_cpu_ptr(dev->tstats);

	u64_stats_update_begin(&tstats->syncp);
	tstats->tx_bytes += len;
	tstats->tx_packets += packets;
	u64_stats_update_end(&tstats->syncp);
}
#define dev_sw_netstats_tx_add compat_dev_sw_netstats_tx_add
#endif

/*
 * Kernels 5.19 to 6.2 remove the hop-by-hop header of an IPv6 packet of more than 64 KiB together
 * with an Ethernet header. Without an Ethernet header that overwrites the TCP header.
 */
#if !HAVE_NETIF_SET_TSO_MAX_SIZE || (HAVE_HOPOPT_JUMBO && !HAVE_HOPOPT_JUMBO_REMOVE)
#undef netif_set_tso_max_size
#define netif_set_tso_max_size(dev, size) ((void)(dev))
#endif

/*
 * netif_napi_del() waits for a grace period for each NAPI that busy polling can find. It
 * does not wait for our NAPIs: see compat_napi_no_busy_poll().
 */
#if !HAVE_NETIF_NAPI_DEL_UNSYNCED && !HAVE_NAPI_DEL_LOCKED
#define __netif_napi_del(napi) netif_napi_del(napi)
#endif

/* Excludes @napi from busy polling, so it gets no NAPI ID. Call before compat_napi_add(). */
static inline void compat_napi_no_busy_poll(struct napi_struct *napi)
{
#if HAVE_NAPI_NO_BUSY_POLL
	set_bit(NAPI_STATE_NO_BUSY_POLL, &napi->state);
#endif
}

/*
 * compat_napi_complete(napi, done, waiting) - end a poll that did not use its budget
 * @waiting: whether there is work; evaluated again on kernels that may lose a schedule
 *
 * The caller of napi_schedule() publishes work, executes a full barrier and then tests and
 * sets NAPI_STATE_SCHED. If it finds the bit still set it does not schedule. In that case
 * @waiting, evaluated after the bit is cleared and after smp_mb(), sees the work.
 */
#if HAVE_NAPI_MISSED
#define compat_napi_complete(napi, done, waiting) ((void)napi_complete_done(napi, done))
#else
#define compat_napi_complete(napi, done, waiting)	\
do {							\
	napi_complete_done(napi, done);			\
	smp_mb(); /* pairs with napi_schedule() */	\
	if (waiting)					\
		napi_schedule(napi);			\
} while (0)
#endif

/*
 * netif_napi_add() with the default weight. It has a name of its own: kernel headers that
 * are read later call netif_napi_add() with a weight, and RHEL 7 defines it as a macro for
 * another function than the exported one.
 */
static inline void compat_napi_add(struct net_device *dev, struct napi_struct *napi,
				   int (*poll)(struct napi_struct *napi, int budget))
{
#if HAVE_NAPI_ADD_3
	netif_napi_add(dev, napi, poll);
#else
	netif_napi_add(dev, napi, poll, NAPI_POLL_WEIGHT);
#endif
}

/*
 * The destructor, which the core calls when it has dropped all references to the device.
 * It does not free the device:
 *	COMPAT_DEFINE_DESTRUCTOR(fn)
 *	... compat_dev_set_destructor(dev, fn);
 * Set it after register_netdevice(), which would call it on failure.
 */
#if HAVE_NETDEV_PRIV_DESTRUCTOR
#define COMPAT_DEFINE_DESTRUCTOR(fn)
#define compat_dev_set_destructor(dev, fn) ((dev)->priv_destructor = (fn))
#define compat_dev_set_needs_free(dev) ((dev)->needs_free_netdev = true)
#else
#define COMPAT_DEFINE_DESTRUCTOR(fn)			\
static void compat_adapt_##fn(struct net_device *dev)	\
{							\
	fn(dev);					\
	free_netdev(dev);				\
}
#define compat_dev_set_destructor(dev, fn) ((dev)->destructor = compat_adapt_##fn)
#define compat_dev_set_needs_free(dev) ((void)(dev))
#endif

/*
 * The maximum MTU:
 *	COMPAT_DEFINE_MAX_MTU(fn, max)
 *	struct net_device_ops ops = { COMPAT_NDO_MAX_MTU(fn) };
 *	... compat_dev_set_max_mtu(dev, max);
 */
#if HAVE_NETDEV_MAX_MTU
#define COMPAT_DEFINE_MAX_MTU(fn, max)
#define COMPAT_NDO_MAX_MTU(fn)
#define compat_dev_set_max_mtu(dev, max) ((dev)->max_mtu = (max))
#else
#define COMPAT_DEFINE_MAX_MTU(fn, max)				\
static int fn(struct net_device *dev, int mtu)			\
{								\
	if (mtu < 0 || mtu > (int)(max))			\
		return -EINVAL;					\
	dev->mtu = mtu;						\
	return 0;						\
}
#if HAVE_NDO_CHANGE_MTU_RH74
#define COMPAT_NDO_MAX_MTU(fn) .ndo_change_mtu_rh74 = (fn),
#else
#define COMPAT_NDO_MAX_MTU(fn) .ndo_change_mtu = (fn),
#endif
#define compat_dev_set_max_mtu(dev, max) ((void)(dev))
#endif

/*
 * ndo_get_stats64, with a function @fn that returns void:
 * COMPAT_DEFINE_GET_STATS64(fn)
 * ... .ndo_get_stats64 = COMPAT_GET_STATS64(fn),
 */
#if HAVE_GET_STATS64_VOID
#define COMPAT_DEFINE_GET_STATS64(fn)
#define COMPAT_GET_STATS64(fn) (fn)
#else
#define COMPAT_DEFINE_GET_STATS64(fn)						\
static struct rtnl_link_stats64 *compat_adapt_##fn(struct net_device *dev,	\
						   struct rtnl_link_stats64 *stats)	\
{										\
	fn(dev, stats);								\
	return stats;								\
}
#define COMPAT_GET_STATS64(fn) compat_adapt_##fn
#endif

#endif /* WG_COMPAT_NETDEVICE_H */
