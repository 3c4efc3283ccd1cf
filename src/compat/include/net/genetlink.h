/* SPDX-License-Identifier: GPL-2.0 */
/*
 * <net/genetlink.h>: where a policy stands, what a dump is given, resv_start_op.
 *
 * The macros that stand in an initialiser bring their own comma.
 */
#ifndef WG_COMPAT_GENETLINK_H
#define WG_COMPAT_GENETLINK_H

#include_next <net/genetlink.h>

#if HAVE_GENL_FAMILY_POLICY
#define COMPAT_GENL_FAMILY_POLICY(p) .policy = (p),
#define COMPAT_GENL_OP_POLICY(p)
#else
#define COMPAT_GENL_FAMILY_POLICY(p)
#define COMPAT_GENL_OP_POLICY(p) .policy = (p),
#endif

#if HAVE_GENL_RESV_START_OP
#define COMPAT_GENL_RESV_START_OP(op) .resv_start_op = (op),
#else
#define COMPAT_GENL_RESV_START_OP(op)
#endif

/* What the parser of this kernel lets pass and today's does not; in .doit. */
static inline int compat_genl_check(const struct genl_info *info, int maxattr,
				    const struct nla_policy *policy)
{
#if HAVE_NLA_EXACT_LEN
	return 0;
#else
	int ret = compat_nla_known(nlmsg_attrdata(info->nlhdr, GENL_HDRLEN),
				   nlmsg_attrlen(info->nlhdr, GENL_HDRLEN), maxattr,
				   info->extack);

	return ret ? ret : compat_nla_check(info->attrs, maxattr, policy, info->extack);
#endif
}

/* The state of a dump: 48 bytes, zero at first. */
#if HAVE_NETLINK_CB_CTX
#define compat_netlink_ctx(cb) ((void *)(cb)->ctx)
#define compat_netlink_extack(cb) ((cb)->extack)
#else
#define compat_netlink_ctx(cb) ((void *)(cb)->args)
#define compat_netlink_extack(cb) ((struct netlink_ext_ack *)NULL)
#endif

/*
 * compat_genl_dump_attrs - the attributes of the request for a dump, in its .start
 * @storage: family->maxattr + 1, for the kernels that leave the parsing to us
 *
 * Return: them, or ERR_PTR.
 */
static inline struct nlattr **compat_genl_dump_attrs(struct netlink_callback *cb,
						     const struct genl_family *family,
						     const struct nla_policy *policy,
						     struct nlattr **storage)
{
#if HAVE_GENL_DUMP_INFO
	return genl_dumpit_info(cb)->info.attrs;
#elif HAVE_GENL_DUMPIT_INFO
	return genl_dumpit_info(cb)->attrs;
#else
	int ret = nlmsg_parse(cb->nlh, GENL_HDRLEN + family->hdrsize, storage, family->maxattr,
			      policy, compat_netlink_extack(cb));

#if !HAVE_NLA_EXACT_LEN
	if (!ret)
		ret = compat_nla_check(storage, family->maxattr, policy,
				       compat_netlink_extack(cb));
#endif
	return ret ? ERR_PTR(ret) : storage;
#endif
}

#endif /* WG_COMPAT_GENETLINK_H */
