/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Host stand-in: netlink attributes, and the parser of today's kernels at its
 * strictest (NL_VALIDATE_STRICT), which is used for a generic netlink family:
 *
 * - An attribute is complete, its type is between 1 and the greatest, and nothing
 *   follows the last one except padding; otherwise -EINVAL. If a type occurs twice,
 *   the last one counts, and both are validated.
 * - A number has its exact length, or -EINVAL. The length of binary data is within
 *   its range, or -ERANGE. Text has its NUL within the greatest length (-EINVAL),
 *   and no byte after the NUL (-ERANGE).
 * - NLA_F_NESTED is set on nested attributes, and on no others; or -EINVAL.
 * - Nested attributes are validated where they are found. The elements of an array
 *   may have any type and may be empty. Otherwise they have space for an attribute
 *   (-ERANGE), like a nest or an array itself. The code that parses an element
 *   checks that it is marked as nested.
 */
#ifndef SHIM_NET_NETLINK_H
#define SHIM_NET_NETLINK_H

#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/netlink.h>
#include <linux/skbuff.h>
#include <linux/string.h>

enum {
	NLA_UNSPEC,
	NLA_U8,
	NLA_U16,
	NLA_U32,
	NLA_U64,
	NLA_NESTED,
	NLA_NESTED_ARRAY,
	NLA_NUL_STRING,
	NLA_BINARY,
};

struct nla_policy {
	u8 type;
	/* For text and, on old kernels, for binary data; for a nest its greatest type. */
	u16 len;
	const struct nla_policy *nested_policy;
	bool ranged;
	int min, max;
};

#define NLA_POLICY_RANGE(tp, low, high) \
	{ .type = (tp), .ranged = true, .min = (low), .max = (high) }
#define NLA_POLICY_EXACT_LEN(length) NLA_POLICY_RANGE(NLA_BINARY, length, length)
#define NLA_POLICY_NESTED_ARRAY(policy) \
	{ .type = NLA_NESTED_ARRAY, .nested_policy = (policy), .len = ARRAY_SIZE(policy) - 1 }

static inline int nla_type(const struct nlattr *nla)
{
	return nla->nla_type & NLA_TYPE_MASK;
}

static inline void *nla_data(const struct nlattr *nla)
{
	return (char *)nla + NLA_HDRLEN;
}

static inline int nla_len(const struct nlattr *nla)
{
	return nla->nla_len - NLA_HDRLEN;
}

static inline bool nla_ok(const struct nlattr *nla, int remaining)
{
	return remaining >= (int)sizeof(*nla) && nla->nla_len >= sizeof(*nla) &&
	       nla->nla_len <= remaining;
}

/* Leaves a negative rest after a last attribute without its padding. */
static inline struct nlattr *nla_next(const struct nlattr *nla, int *remaining)
{
	*remaining -= NLA_ALIGN(nla->nla_len);
	return (struct nlattr *)((char *)nla + NLA_ALIGN(nla->nla_len));
}

#define nla_for_each_attr(pos, head, len, rem) \
	for (pos = (struct nlattr *)(head), rem = (len); nla_ok(pos, rem); \
	     pos = nla_next(pos, &(rem)))
#define nla_for_each_nested(pos, nla, rem) \
	nla_for_each_attr(pos, nla_data(nla), nla_len(nla), rem)

/* For a message of a family with its own header of @hdrlen bytes. */
static inline struct nlattr *nlmsg_attrdata(const struct nlmsghdr *nlh, int hdrlen)
{
	return (struct nlattr *)((char *)nlh + NLMSG_HDRLEN + NLMSG_ALIGN(hdrlen));
}

static inline int nlmsg_attrlen(const struct nlmsghdr *nlh, int hdrlen)
{
	return (int)nlh->nlmsg_len - (int)(NLMSG_HDRLEN + NLMSG_ALIGN(hdrlen));
}

#define nlmsg_for_each_attr(pos, nlh, hdrlen, rem) \
	nla_for_each_attr(pos, nlmsg_attrdata(nlh, hdrlen), nlmsg_attrlen(nlh, hdrlen), rem)

/* The address sanitizer ends the test if the length of the read was not checked. */
#define SHIM_NLA_GET(type) \
static inline type nla_get_##type(const struct nlattr *nla) \
{ \
	return *(type *)nla_data(nla); \
}
SHIM_NLA_GET(u8)
SHIM_NLA_GET(u16)
SHIM_NLA_GET(u32)

/* Fills up with zeros what the attribute lacks. */
static inline int nla_memcpy(void *to, const struct nlattr *nla, int count)
{
	int n = min(count, nla_len(nla));

	memcpy(to, nla_data(nla), n);
	memset((char *)to + n, 0, count - n);
	return n;
}

static inline int shim_nla_refuse(struct netlink_ext_ack *extack, const struct nlattr *nla,
				  int error, const char *why)
{
	NL_SET_ERR_MSG_ATTR(extack, nla, why);
	return error;
}

static inline int shim_nla_check_text(const struct nlattr *nla, int longest,
				      struct netlink_ext_ack *extack)
{
	const char *text = nla_data(nla);
	int len = nla_len(nla);

	if (!memchr(text, 0, min(len, longest + 1)))
		return shim_nla_refuse(extack, nla, -EINVAL, "text without an end");
	if (len - !text[len - 1] > longest)
		return shim_nla_refuse(extack, nla, -ERANGE, "text too long");
	return 0;
}

static inline int __nla_parse(struct nlattr **attrs, int maxtype, const struct nlattr *head,
			      int len, const struct nla_policy *policy,
			      struct netlink_ext_ack *extack);

static inline int shim_nla_check_array(const struct nlattr *nla, const struct nla_policy *policy,
				       struct netlink_ext_ack *extack)
{
	struct nlattr *element;
	int rest, ret;

	if (nla_len(nla) && nla_len(nla) < NLA_HDRLEN)
		return shim_nla_refuse(extack, nla, -ERANGE, "array too short");
	nla_for_each_nested(element, nla, rest) {
		if (!nla_len(element))
			continue;
		if (nla_len(element) < NLA_HDRLEN)
			return shim_nla_refuse(extack, element, -ERANGE, "element too short");
		ret = __nla_parse(NULL, policy->len, nla_data(element), nla_len(element),
				  policy->nested_policy, extack);
		if (ret)
			return ret;
	}
	return 0;
}

static inline int shim_nla_check(const struct nlattr *nla, const struct nla_policy *policy,
				 struct netlink_ext_ack *extack)
{
	static const int number_len[] = {
		[NLA_U8] = 1, [NLA_U16] = 2, [NLA_U32] = 4, [NLA_U64] = 8, [NLA_BINARY] = 0,
	};
	bool nests = policy->type == NLA_NESTED || policy->type == NLA_NESTED_ARRAY;
	bool marked = nla->nla_type & NLA_F_NESTED;

	if (number_len[policy->type] && nla_len(nla) != number_len[policy->type])
		return shim_nla_refuse(extack, nla, -EINVAL, "number of another length");
	if (policy->type == NLA_UNSPEC)
		return shim_nla_refuse(extack, nla, -EINVAL, "unsupported attribute");
	if (nests != marked)
		return shim_nla_refuse(extack, nla, -EINVAL, nests ? "not marked as nested" :
								     "marked as nested");
	switch (policy->type) {
	case NLA_NUL_STRING:
		return shim_nla_check_text(nla, policy->len, extack);
	case NLA_BINARY:
		if ((policy->len && nla_len(nla) > policy->len) ||
		    (policy->ranged && (nla_len(nla) < policy->min || nla_len(nla) > policy->max)))
			return shim_nla_refuse(extack, nla, -ERANGE, "data out of its range");
		return 0;
	case NLA_NESTED_ARRAY:
		return shim_nla_check_array(nla, policy, extack);
	default:
		return 0;
	}
}

/* @attrs may be NULL, to validate only. */
static inline int __nla_parse(struct nlattr **attrs, int maxtype, const struct nlattr *head,
			      int len, const struct nla_policy *policy,
			      struct netlink_ext_ack *extack)
{
	struct nlattr *nla;
	int rest, ret, type;

	if (attrs)
		memset(attrs, 0, (maxtype + 1) * sizeof(*attrs));
	nla_for_each_attr(nla, head, len, rest) {
		type = nla_type(nla);
		if (!type || type > maxtype)
			return shim_nla_refuse(extack, nla, -EINVAL, "unknown attribute");
		ret = shim_nla_check(nla, &policy[type], extack);
		if (ret)
			return ret;
		if (attrs)
			attrs[type] = nla;
	}
	return rest > 0 ? shim_nla_refuse(extack, NULL, -EINVAL, "bytes left over") : 0;
}

static inline int nla_parse_nested(struct nlattr **attrs, int maxtype, const struct nlattr *nla,
				   const struct nla_policy *policy, struct netlink_ext_ack *extack)
{
	if (!(nla->nla_type & NLA_F_NESTED))
		return shim_nla_refuse(extack, nla, -EINVAL, "not marked as nested");
	return __nla_parse(attrs, maxtype, nla_data(nla), nla_len(nla), policy, extack);
}

static inline int nla_put(struct sk_buff *skb, int type, int len, const void *data)
{
	struct nlattr *nla;

	if (skb_tailroom(skb) < (int)NLA_ALIGN(NLA_HDRLEN + len))
		return -EMSGSIZE;
	nla = skb_put(skb, NLA_ALIGN(NLA_HDRLEN + len));
	nla->nla_type = type;
	nla->nla_len = NLA_HDRLEN + len;
	memset((char *)nla + nla->nla_len, 0, NLA_ALIGN(nla->nla_len) - nla->nla_len);
	if (len)
		memcpy(nla_data(nla), data, len);
	return 0;
}

#define SHIM_NLA_PUT(type) \
static inline int nla_put_##type(struct sk_buff *skb, int attrtype, type value) \
{ \
	return nla_put(skb, attrtype, sizeof(value), &value); \
}
SHIM_NLA_PUT(u8)
SHIM_NLA_PUT(u16)
SHIM_NLA_PUT(u32)

static inline int nla_put_u64_64bit(struct sk_buff *skb, int type, u64 value, int padding)
{
	(void)padding;
	return nla_put(skb, type, sizeof(value), &value);
}

static inline int nla_put_string(struct sk_buff *skb, int type, const char *text)
{
	return nla_put(skb, type, strlen(text) + 1, text);
}

static inline struct nlattr *nla_nest_start(struct sk_buff *skb, int type)
{
	struct nlattr *nest = (struct nlattr *)skb_tail_pointer(skb);

	return nla_put(skb, type | NLA_F_NESTED, 0, NULL) ? NULL : nest;
}

static inline int nla_nest_end(struct sk_buff *skb, struct nlattr *nest)
{
	nest->nla_len = skb_tail_pointer(skb) - (unsigned char *)nest;
	return skb->len;
}

static inline void nlmsg_trim(struct sk_buff *skb, const void *mark)
{
	__skb_trim(skb, (const u8 *)mark - skb->data);
}

static inline void nla_nest_cancel(struct sk_buff *skb, struct nlattr *nest)
{
	nlmsg_trim(skb, nest);
}

/* Marks a part of a dump that is inconsistent with the one before. */
static inline void nl_dump_check_consistent(struct netlink_callback *cb, struct nlmsghdr *nlh)
{
	if (cb->prev_seq && cb->seq != cb->prev_seq)
		nlh->nlmsg_flags |= NLM_F_DUMP_INTR;
	cb->prev_seq = cb->seq;
}

#endif
