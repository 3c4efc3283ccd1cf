// SPDX-License-Identifier: GPL-2.0
/* Has an attribute policy an exact length? In 5.4, not in 4.19; else checked by us. */
#include <net/netlink.h>

struct nla_policy probe_NLA_EXACT_LEN = NLA_POLICY_EXACT_LEN(4);
