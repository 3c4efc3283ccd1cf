/* SPDX-License-Identifier: GPL-2.0 */
/* Only for kernels without <net/gso.h> (before 6.5): skb_gso_segment(). */
#include <linux/netdevice.h>
