/* SPDX-License-Identifier: GPL-2.0 */
/* Found only where the kernel has no <net/gso.h> (before 6.5): skb_gso_segment(). */
#include <linux/netdevice.h>
