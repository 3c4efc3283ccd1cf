// SPDX-License-Identifier: GPL-2.0
/* Are attributes parsed strictly, with exact lengths? In 5.4, not in 4.19 or 5.1; else compat_nla_check(). */
/* exports: __nla_parse */
#include <net/netlink.h>

static const struct nla_policy probe_NLA_EXACT_LEN_inner[] = {
	[1] = NLA_POLICY_EXACT_LEN(4),
};

const struct nla_policy probe_NLA_EXACT_LEN_outer[] = {
	[1] = NLA_POLICY_NESTED_ARRAY(probe_NLA_EXACT_LEN_inner),
};

/* A kernel with this has parsers that use it. */
unsigned int probe_NLA_EXACT_LEN = NL_VALIDATE_STRICT;
