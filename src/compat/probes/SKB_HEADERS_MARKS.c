// SPDX-License-Identifier: GPL-2.0
/* Are the fields that describe a packet between two marks in struct sk_buff? In 4.4 to 5.16; else SKB_HEADERS_GROUP. */
#include <linux/skbuff.h>

unsigned long probe_SKB_HEADERS_MARKS = offsetof(struct sk_buff, headers_end) -
					offsetof(struct sk_buff, headers_start);
