// SPDX-License-Identifier: GPL-2.0
/* Can NLA_POLICY_RANGE() bound an NLA_BINARY? In 5.10, not in 5.4; else only the maximum. */
#include <net/netlink.h>

struct nla_policy probe_NLA_RANGE_BINARY = NLA_POLICY_RANGE(NLA_BINARY, 4, 16);
