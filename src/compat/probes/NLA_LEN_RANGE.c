// SPDX-License-Identifier: GPL-2.0
/* Are attributes parsed strictly, with a least and a greatest length? In 5.10, not in 5.4; else compat_nla_check(). */
/* exports: __nla_parse */
#include <net/genetlink.h>

static const struct nla_policy probe_NLA_LEN_RANGE_inner[] = {
	[1] = NLA_POLICY_EXACT_LEN(4),
	[2] = NLA_POLICY_RANGE(NLA_BINARY, 4, 16),
};

const struct nla_policy probe_NLA_LEN_RANGE_outer[] = {
	[1] = NLA_POLICY_NESTED_ARRAY(probe_NLA_LEN_RANGE_inner),
};

/* A kernel with this has parsers that use it. */
unsigned int probe_NLA_LEN_RANGE_strict = NL_VALIDATE_STRICT;

/* Generic netlink is strict on a kernel where an operation can turn that off. */
unsigned int probe_NLA_LEN_RANGE_optional = GENL_DONT_VALIDATE_STRICT;

int probe_NLA_LEN_RANGE(struct nlattr **attrs, const struct nlmsghdr *nlh,
			const struct nlattr *nest, struct netlink_ext_ack *extack);
int probe_NLA_LEN_RANGE(struct nlattr **attrs, const struct nlmsghdr *nlh,
			const struct nlattr *nest, struct netlink_ext_ack *extack)
{
	return nlmsg_parse(nlh, GENL_HDRLEN, attrs, 1, probe_NLA_LEN_RANGE_outer, extack) |
	       nla_parse_nested(attrs, 1, nest, probe_NLA_LEN_RANGE_outer, extack);
}
