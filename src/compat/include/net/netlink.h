/* SPDX-License-Identifier: GPL-2.0 */
/*
 * <net/netlink.h>: attribute policies as strict as those of the newest kernel.
 *
 * Before 5.2 the kernel's parser checks only the maximum length of binary data and the
 * minimum length of other types, ignores unknown attributes, and does not validate nested
 * arrays. Before 5.10 it knows no range of lengths. Such a kernel gets no policy from us.
 * compat_nla_check() validates all attributes of a request before it has any effect, with the
 * newest kernel's errors.
 */
#ifndef WG_COMPAT_NETLINK_H
#define WG_COMPAT_NETLINK_H

#include_next <net/netlink.h>

/* The attributes at one level of nesting in a message. */
struct compat_nla_level {
	const struct nla_policy *policy;
	int maxtype;
	/* The attribute that is an array of attributes of the next level; 0 if there is none. */
	int nested;
};

#if !HAVE_NLA_LEN_RANGE
#undef NLA_POLICY_EXACT_LEN
#undef NLA_POLICY_NESTED_ARRAY
#undef NLA_POLICY_RANGE
/* Only compat_nla_check() reads these policies: .len has the minimum and the maximum, as bytes. */
#define NLA_POLICY_RANGE(tp, min, max) { .type = (tp), .len = (min) << 8 | (max) }
#define NLA_POLICY_EXACT_LEN(length) NLA_POLICY_RANGE(NLA_BINARY, length, length)
#define NLA_POLICY_NESTED_ARRAY(policy) { .type = NLA_NESTED }
#define COMPAT_NLA_LEAST(policy) ((policy)->len >> 8)
#define COMPAT_NLA_MOST(policy) ((policy)->len & 0xff)

/*
 * In compat/netlink.c. Validates attributes and those nested in them.
 * @level: the policy of these attributes; the policies of nested ones follow in the array
 *
 * Process context. Return: 0, or -EINVAL or -ERANGE with the reason in @extack.
 */
int compat_nla_check(const struct nlattr *head, int len, const struct compat_nla_level *level,
		     struct netlink_ext_ack *extack);

/* Stores validated attributes by type, on any kernel. @attrs has maxtype + 1 elements. */
static inline int compat_nla_sort(struct nlattr **attrs, int maxtype, const struct nlattr *head,
				  int len)
{
	const struct nlattr *attr;
	int rest;

	memset(attrs, 0, (maxtype + 1) * sizeof(*attrs));
	nla_for_each_attr(attr, head, len, rest)
		attrs[nla_type(attr)] = (struct nlattr *)attr;
	return 0;
}

static inline int compat_nla_parse_nested(struct nlattr **attrs, int maxtype,
					  const struct nlattr *nla, struct netlink_ext_ack *extack)
{
	if (!(nla->nla_type & NLA_F_NESTED)) {
		NL_SET_ERR_MSG_ATTR(extack, nla, "A nested attribute lacks the flag NLA_F_NESTED");
		return -EINVAL;
	}
	return compat_nla_sort(attrs, maxtype, nla_data(nla), nla_len(nla));
}
#define nla_parse_nested(attrs, maxtype, nla, policy, extack) \
	compat_nla_parse_nested(attrs, maxtype, nla, extack)
#endif

#if !HAVE_NLA_PUT_U64_64BIT
static inline int compat_nla_put_u64_64bit(struct sk_buff *skb, int type, u64 value)
{
	return nla_put(skb, type, sizeof(value), &value);
}
#define nla_put_u64_64bit(skb, type, value, padding) compat_nla_put_u64_64bit(skb, type, value)
#endif

#endif /* WG_COMPAT_NETLINK_H */
