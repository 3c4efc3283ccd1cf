// SPDX-License-Identifier: GPL-2.0
/* Can a hardware time stamp be a pointer to the driver's data? In 6.1, not in 5.10; else it is always a time. */
#include <linux/skbuff.h>

int probe_SKB_HW_TSTAMP_NETDEV = SKBTX_HW_TSTAMP_NETDEV;
