/* SPDX-License-Identifier: GPL-2.0 */
/*
 * <net/netlink.h>: attribute policies as strict as today's.
 *
 * Before 5.2 the parser bounds the length of binary data above, of all else below,
 * and knows no nested arrays. There every parsed message goes through
 * compat_nla_check(), for which the same policy gives the exact length; of a range
 * of lengths only the upper end holds, and whoever uses such an attribute must look.
 */
#ifndef WG_COMPAT_NETLINK_H
#define WG_COMPAT_NETLINK_H

#include_next <net/netlink.h>

#if !HAVE_NLA_EXACT_LEN
#undef NLA_POLICY_EXACT_LEN
#undef NLA_POLICY_NESTED_ARRAY
/* A minimum to the old parser. */
#define NLA_POLICY_EXACT_LEN(length) { .type = NLA_UNSPEC, .len = (length) }
#define NLA_POLICY_NESTED_ARRAY(policy) { .type = NLA_NESTED }

static inline int compat_nla_check(struct nlattr **attrs, int maxtype,
				   const struct nla_policy *policy,
				   struct netlink_ext_ack *extack)
{
	int type, exact, length;

	for (type = 1; type <= maxtype; type++) {
		if (!attrs[type])
			continue;
		length = nla_len(attrs[type]);
		switch (policy[type].type) {
		case NLA_U8:
			exact = sizeof(u8);
			break;
		case NLA_U16:
			exact = sizeof(u16);
			break;
		case NLA_U32:
			exact = sizeof(u32);
			break;
		case NLA_U64:
			exact = sizeof(u64);
			break;
		case NLA_UNSPEC:
			/* Without a policy: not ours to know. */
			if (!policy[type].len) {
				NL_SET_ERR_MSG_ATTR(extack, attrs[type], "Unsupported attribute");
				return -EINVAL;
			}
			exact = policy[type].len;
			break;
		case NLA_NESTED:
			if (!(attrs[type]->nla_type & NLA_F_NESTED)) {
				NL_SET_ERR_MSG_ATTR(extack, attrs[type], "NLA_F_NESTED is missing");
				return -EINVAL;
			}
			exact = length;
			break;
		default:
			exact = length;
		}
		if (length != exact) {
			NL_SET_ERR_MSG_ATTR(extack, attrs[type], "Attribute has an invalid length");
			return -ERANGE;
		}
	}
	return 0;
}

/* Those that the parser leaves out, for it has no place for them. */
static inline int compat_nla_known(const struct nlattr *head, int len, int maxtype,
				   struct netlink_ext_ack *extack)
{
	const struct nlattr *attr;
	int rest;

	nla_for_each_attr(attr, head, len, rest) {
		if (!nla_type(attr) || nla_type(attr) > maxtype) {
			NL_SET_ERR_MSG_ATTR(extack, attr, "Unsupported attribute");
			return -EINVAL;
		}
	}
	if (rest) {
		NL_SET_ERR_MSG(extack, "Bytes left over after the last attribute");
		return -EINVAL;
	}
	return 0;
}

static inline int compat_nla_parse_nested(struct nlattr **attrs, int maxtype,
					  const struct nlattr *nla,
					  const struct nla_policy *policy,
					  struct netlink_ext_ack *extack)
{
	int ret = compat_nla_known(nla_data(nla), nla_len(nla), maxtype, extack);

	if (!ret)
		ret = nla_parse_nested(attrs, maxtype, nla, policy, extack);
	return ret ? ret : compat_nla_check(attrs, maxtype, policy, extack);
}
#define nla_parse_nested compat_nla_parse_nested
#endif

#if !HAVE_NLA_RANGE_BINARY
#undef NLA_POLICY_RANGE
#define NLA_POLICY_RANGE(tp, min, max) { .type = (tp), .len = (max) }
#endif

#endif /* WG_COMPAT_NETLINK_H */
