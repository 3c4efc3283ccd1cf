// SPDX-License-Identifier: GPL-2.0
/*
 * Per-CPU drop counters, and their output for ethtool and rtnl_link_stats64.
 */
#include "stats.h"

#include <linux/cpumask.h>

static unsigned long wg_stats_sum(const struct wg_stats __percpu *stats, enum wg_drop reason)
{
	unsigned long sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(stats, cpu)->dropped[reason]);
	return sum;
}

struct wg_stats __percpu *wg_stats_new(void)
{
	return alloc_percpu(struct wg_stats);
}

void wg_stats_free(struct wg_stats __percpu *stats)
{
	free_percpu(stats);
}

/* One function for each field that WG_DROP_REASONS names. */
static void wg_stats_add_none(struct rtnl_link_stats64 *sum, unsigned long count)
{
}

static void wg_stats_add_tx_errors(struct rtnl_link_stats64 *sum, unsigned long count)
{
	sum->tx_errors += count;
}

static void wg_stats_add_tx_dropped(struct rtnl_link_stats64 *sum, unsigned long count)
{
	sum->tx_dropped += count;
}

static void wg_stats_add_rx_dropped(struct rtnl_link_stats64 *sum, unsigned long count)
{
	sum->rx_dropped += count;
}

static void wg_stats_add_rx_frame_errors(struct rtnl_link_stats64 *sum, unsigned long count)
{
	sum->rx_errors += count;
	sum->rx_frame_errors += count;
}

static void wg_stats_add_rx_length_errors(struct rtnl_link_stats64 *sum, unsigned long count)
{
	sum->rx_errors += count;
	sum->rx_length_errors += count;
}

void wg_stats_add_to(const struct wg_stats __percpu *stats, struct rtnl_link_stats64 *sum)
{
	const struct wg_stats *each;
	int cpu;

#define WG_DROP_ADD(reason, name, field) \
	wg_stats_add_##field(sum, wg_stats_sum(stats, WG_DROP_##reason));
	WG_DROP_REASONS(WG_DROP_ADD)
#undef WG_DROP_ADD
	for_each_possible_cpu(cpu) {
		each = per_cpu_ptr(stats, cpu);
		sum->tx_dropped += READ_ONCE(each->more_dropped);
		sum->tx_errors += READ_ONCE(each->more_failed);
		sum->tx_aborted_errors += READ_ONCE(each->more_failed);
	}
}

int wg_stats_strings(u8 *buf)
{
	static const char names[WG_DROPS][ETH_GSTRING_LEN] = {
#define WG_DROP_NAME(reason, name, field) #name,
		WG_DROP_REASONS(WG_DROP_NAME)
#undef WG_DROP_NAME
	};

	if (buf)
		memcpy(buf, names, sizeof(names));
	return WG_DROPS;
}

void wg_stats_values(const struct wg_stats __percpu *stats, u64 *values)
{
	unsigned int i;

	for (i = 0; i < WG_DROPS; i++)
		values[i] = wg_stats_sum(stats, i);
}
