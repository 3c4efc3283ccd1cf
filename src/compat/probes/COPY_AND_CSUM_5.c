// SPDX-License-Identifier: GPL-2.0
/* Has skb_copy_and_csum_bits() the sum as its fifth argument? Before 5.10. */
#include <linux/skbuff.h>

__wsum probe_COPY_AND_CSUM_5(const struct sk_buff *skb, u8 *to, __wsum sum);
__wsum probe_COPY_AND_CSUM_5(const struct sk_buff *skb, u8 *to, __wsum sum)
{
	return skb_copy_and_csum_bits(skb, 0, to, 1, sum);
}
