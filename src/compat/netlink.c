// SPDX-License-Identifier: GPL-2.0
/*
 * Attributes checked as today's parser does it, where the kernel's own is less
 * strict: see <net/netlink.h>. Nothing at all on other kernels.
 */
#include <linux/string.h>
#include <net/netlink.h>

#if !HAVE_NLA_EXACT_LEN
/* Is the length of an attribute what its policy says? */
static bool compat_nla_length_fits(const struct nlattr *attr,
					  const struct nla_policy *policy)
{
	int len = nla_len(attr);

	switch (policy->type) {
	case NLA_U8:
		return len == sizeof(u8);
	case NLA_U16:
		return len == sizeof(u16);
	case NLA_U32:
		return len == sizeof(u32);
	case NLA_U64:
		return len == sizeof(u64);
	case NLA_UNSPEC:
		return len == policy->len;
	case NLA_BINARY:
		return len <= policy->len;
	default:
		return true;
	}
}

static int compat_nla_check_one(const struct nlattr *attr, const struct nla_policy *policy,
				       struct netlink_ext_ack *extack)
{
	if (policy->type == NLA_UNSPEC && !policy->len) {
		NL_SET_ERR_MSG_ATTR(extack, attr, "Unsupported attribute");
		return -EINVAL;
	}
	if (policy->type == NLA_NESTED && !(attr->nla_type & NLA_F_NESTED)) {
		NL_SET_ERR_MSG_ATTR(extack, attr, "NLA_F_NESTED is missing");
		return -EINVAL;
	}
	if (policy->type == NLA_NUL_STRING &&
	    !memchr(nla_data(attr), '\0', min_t(int, nla_len(attr), policy->len + 1))) {
		NL_SET_ERR_MSG_ATTR(extack, attr, "Text is too long or has no end");
		return -EINVAL;
	}
	if (!compat_nla_length_fits(attr, policy)) {
		NL_SET_ERR_MSG_ATTR(extack, attr, "Attribute has an invalid length");
		return -ERANGE;
	}
	return 0;
}

/*
 * compat_nla_check - are these attributes, and all inside them, what they should be?
 * @level: theirs; those of what is nested follow it. As deep as there are levels.
 *
 * Process context. Return: 0, or -EINVAL or -ERANGE, and @extack says why.
 */
int compat_nla_check(const struct nlattr *head, int len, const struct compat_nla_level *level,
		     struct netlink_ext_ack *extack)
{
	const struct nlattr *attr, *element;
	int ret, rest, rest_of_array;

	nla_for_each_attr(attr, head, len, rest) {
		if (!nla_type(attr) || nla_type(attr) > level->maxtype) {
			NL_SET_ERR_MSG_ATTR(extack, attr, "Unsupported attribute");
			return -EINVAL;
		}
		ret = compat_nla_check_one(attr, &level->policy[nla_type(attr)], extack);
		if (ret)
			return ret;
		if (nla_type(attr) != level->nested)
			continue;
		nla_for_each_attr(element, nla_data(attr), nla_len(attr), rest_of_array) {
			if (!(element->nla_type & NLA_F_NESTED)) {
				NL_SET_ERR_MSG_ATTR(extack, element, "NLA_F_NESTED is missing");
				return -EINVAL;
			}
			ret = compat_nla_check(nla_data(element), nla_len(element), level + 1,
					       extack);
			if (ret)
				return ret;
		}
	}
	if (rest) {
		NL_SET_ERR_MSG(extack, "Bytes left over after the last attribute");
		return -EINVAL;
	}
	return 0;
}
#endif
