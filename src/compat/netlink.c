// SPDX-License-Identifier: GPL-2.0
/*
 * Checks attributes as the newest kernel's parser does, on kernels with a less strict
 * parser: see compat/include/net/netlink.h. Empty on other kernels.
 */
#include <linux/string.h>
#include <net/netlink.h>

#if !HAVE_NLA_LEN_RANGE
/* The length of a number of this type; 0 if the type is not a number. */
static int compat_nla_number_len(int type)
{
	switch (type) {
	case NLA_U8:
		return sizeof(u8);
	case NLA_U16:
		return sizeof(u16);
	case NLA_U32:
		return sizeof(u32);
	case NLA_U64:
		return sizeof(u64);
	default:
		return 0;
	}
}

static int compat_nla_check_text(const struct nlattr *attr, int longest,
				 struct netlink_ext_ack *extack)
{
	const char *text = nla_data(attr);
	int len = nla_len(attr);

	if (!memchr(text, '\0', min(len, longest + 1))) {
		NL_SET_ERR_MSG_ATTR(extack, attr, "String is too long or not terminated");
		return -EINVAL;
	}
	/* One terminating NUL is not counted; further bytes after it are. */
	if (len - !text[len - 1] > longest) {
		NL_SET_ERR_MSG_ATTR(extack, attr, "String is too long");
		return -ERANGE;
	}
	return 0;
}

static int compat_nla_check_one(const struct nlattr *attr, const struct nla_policy *policy,
				struct netlink_ext_ack *extack)
{
	int len = nla_len(attr), number_len = compat_nla_number_len(policy->type);
	bool nests = policy->type == NLA_NESTED, marked = attr->nla_type & NLA_F_NESTED;

	if (number_len && len != number_len) {
		NL_SET_ERR_MSG_ATTR(extack, attr, "A number has a wrong size");
		return -EINVAL;
	}
	if (policy->type == NLA_UNSPEC) {
		NL_SET_ERR_MSG_ATTR(extack, attr, "Unknown attribute");
		return -EINVAL;
	}
	if (nests && !marked) {
		NL_SET_ERR_MSG_ATTR(extack, attr, "A nested attribute lacks the flag NLA_F_NESTED");
		return -EINVAL;
	}
	if (marked && !nests) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "An attribute that is not nested has the flag NLA_F_NESTED");
		return -EINVAL;
	}
	if (policy->type == NLA_NUL_STRING)
		return compat_nla_check_text(attr, policy->len, extack);
	if ((policy->type == NLA_BINARY && (len < COMPAT_NLA_LEAST(policy) ||
					    len > COMPAT_NLA_MOST(policy))) ||
	    (nests && len && len < NLA_HDRLEN)) {
		NL_SET_ERR_MSG_ATTR(extack, attr, "Attribute is too short or too long");
		return -ERANGE;
	}
	return 0;
}

/* As on the newest kernel, nla_parse_nested() checks NLA_F_NESTED of an element. */
static int compat_nla_check_array(const struct nlattr *array,
				  const struct compat_nla_level *level,
				  struct netlink_ext_ack *extack)
{
	const struct nlattr *element;
	int ret, rest;

	nla_for_each_nested(element, array, rest) {
		if (!nla_len(element))
			continue;
		if (nla_len(element) < NLA_HDRLEN) {
			NL_SET_ERR_MSG_ATTR(extack, element,
					    "An element of a list is shorter than a header");
			return -ERANGE;
		}
		ret = compat_nla_check(nla_data(element), nla_len(element), level, extack);
		if (ret)
			return ret;
	}
	return 0;
}

int compat_nla_check(const struct nlattr *head, int len, const struct compat_nla_level *level,
		     struct netlink_ext_ack *extack)
{
	const struct nlattr *attr;
	int ret, rest;

	nla_for_each_attr(attr, head, len, rest) {
		if (!nla_type(attr) || nla_type(attr) > level->maxtype) {
			NL_SET_ERR_MSG_ATTR(extack, attr, "Unknown attribute");
			return -EINVAL;
		}
		ret = compat_nla_check_one(attr, &level->policy[nla_type(attr)], extack);
		if (!ret && nla_type(attr) == level->nested)
			ret = compat_nla_check_array(attr, level + 1, extack);
		if (ret)
			return ret;
	}
	/* @rest is negative if the padding of the last attribute is missing. */
	if (rest > 0) {
		NL_SET_ERR_MSG(extack, "Extra bytes after the last attribute");
		return -EINVAL;
	}
	return 0;
}
#endif
