// SPDX-License-Identifier: GPL-2.0
/* Does skb_copy_and_csum_bits() begin with a sum of 0? Since 5.10; see COPY_AND_CSUM_5. */
#include <linux/skbuff.h>

__wsum probe_COPY_AND_CSUM_4(const struct sk_buff *skb, u8 *to);
__wsum probe_COPY_AND_CSUM_4(const struct sk_buff *skb, u8 *to)
{
	return skb_copy_and_csum_bits(skb, 0, to, 1);
}
