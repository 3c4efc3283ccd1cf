// SPDX-License-Identifier: GPL-2.0
/* Are the counters of pcpu_sw_netstats of type u64? Up to 5.18; see DEV_SW_NETSTATS_RX_ADD. */
#include <linux/netdevice.h>

u64 probe_NETSTATS_U64(struct pcpu_sw_netstats *tstats);
u64 probe_NETSTATS_U64(struct pcpu_sw_netstats *tstats)
{
	return tstats->rx_bytes++;
}
