// SPDX-License-Identifier: GPL-2.0
/* Are the members that describe a packet between two marks? In 4.4 to 5.16; see SKB_HEADERS_GROUP. */
#include <linux/skbuff.h>

unsigned long probe_SKB_HEADERS_MARKS = offsetof(struct sk_buff, headers_end) -
					offsetof(struct sk_buff, headers_start);
