/* SPDX-License-Identifier: GPL-2.0 */
/*
 * <net/genetlink.h>: the place of a policy, permissions, the attributes and the
 * state of a dump, resv_start_op.
 *
 * The macros for an initialiser include their comma.
 */
#ifndef WG_COMPAT_GENETLINK_H
#define WG_COMPAT_GENETLINK_H

#include <linux/capability.h>
#include_next <net/genetlink.h>
#include <net/sock.h>

/* If policies cannot have ranges of lengths, compat_genl_check() validates instead of the core. */
#if !HAVE_NLA_LEN_RANGE
#define COMPAT_GENL_FAMILY_POLICY(p)
#if HAVE_GENL_OP_VALIDATE
#define COMPAT_GENL_OP_POLICY(p) \
	.validate = GENL_DONT_VALIDATE_STRICT | GENL_DONT_VALIDATE_DUMP,
#else
#define COMPAT_GENL_OP_POLICY(p)
#endif
#elif HAVE_GENL_FAMILY_POLICY
#define COMPAT_GENL_FAMILY_POLICY(p) .policy = (p),
#define COMPAT_GENL_OP_POLICY(p)
#else
#define COMPAT_GENL_FAMILY_POLICY(p)
#define COMPAT_GENL_OP_POLICY(p) .policy = (p),
#endif

/* On kernels that keep families in a list, unregistering writes to the family. */
#if HAVE_GENL_FAMILY_ID_INT
#define compat_genl_ro_after_init __ro_after_init
#else
#define compat_genl_ro_after_init
#endif

#if HAVE_GENL_RESV_START_OP
#define COMPAT_GENL_RESV_START_OP(op) .resv_start_op = (op),
#else
#define COMPAT_GENL_RESV_START_OP(op)
#endif

/* For families without a user header. */
#if !HAVE_GENL_NLHDR
static inline struct nlmsghdr *compat_genlmsg_nlhdr(void *header)
{
	return header - GENL_HDRLEN - NLMSG_HDRLEN;
}
#define genlmsg_nlhdr(header) compat_genlmsg_nlhdr(header)
#define genl_dump_check_consistent(cb, header) \
	nl_dump_check_consistent(cb, compat_genlmsg_nlhdr(header))
#endif

/* The extended acknowledgement of a request, and that of a request for a dump. */
#if HAVE_NETLINK_EXT_ACK
#define compat_genl_extack(info) ((info)->extack)
#else
#define compat_genl_extack(info) ((struct netlink_ext_ack *)NULL)
#endif
#if HAVE_NETLINK_CB_CTX
#define compat_netlink_extack(cb) ((cb)->extack)
/* The state of a dump: at least six longs, initially zero. */
#define compat_netlink_ctx(cb) ((void *)(cb)->ctx)
#else
#define compat_netlink_extack(cb) ((struct netlink_ext_ack *)NULL)
#define compat_netlink_ctx(cb) ((void *)(cb)->args)
#endif

#if !HAVE_GENL_UNS_ADMIN_PERM
#undef GENL_UNS_ADMIN_PERM
#define GENL_UNS_ADMIN_PERM 0
#endif

/*
 * compat_genl_check - the checks of the newest kernel that this kernel lacks
 * @skb: the request, which concerns the namespace of its sender
 * @levels: one for each depth of nesting, outermost first
 *
 * Called first in .doit and, by compat_genl_dump_attrs(), in .start. Return: 0,
 * -EPERM without CAP_NET_ADMIN, or the error of the newest kernel's parser.
 */
static inline int compat_genl_check(struct sk_buff *skb, const struct nlmsghdr *nlh,
				    const struct compat_nla_level *levels,
				    struct netlink_ext_ack *extack)
{
#if !HAVE_GENL_UNS_ADMIN_PERM
	if (!netlink_ns_capable(skb, sock_net(skb->sk)->user_ns, CAP_NET_ADMIN))
		return -EPERM;
#endif
#if HAVE_NLA_LEN_RANGE
	return 0;
#else
	return compat_nla_check(nlmsg_attrdata(nlh, GENL_HDRLEN),
				nlmsg_attrlen(nlh, GENL_HDRLEN), levels, extack);
#endif
}

/*
 * compat_genl_dump_attrs - the attributes of a dump request, in its .start
 * @storage: levels->maxtype + 1 elements, for kernels that do not parse it
 *
 * Return: the attributes, or ERR_PTR().
 */
static inline struct nlattr **compat_genl_dump_attrs(struct netlink_callback *cb,
						     const struct compat_nla_level *levels,
						     struct nlattr **storage)
{
	int ret = compat_genl_check(cb->skb, cb->nlh, levels, compat_netlink_extack(cb));

	if (ret)
		return ERR_PTR(ret);
	/* The core parses the attributes only if it has our policy. */
#if HAVE_NLA_LEN_RANGE && HAVE_GENL_DUMP_INFO
	return genl_dumpit_info(cb)->info.attrs;
#elif HAVE_NLA_LEN_RANGE && HAVE_GENL_DUMPIT_INFO
	return genl_dumpit_info(cb)->attrs;
#else
#if HAVE_NLA_LEN_RANGE
	ret = nlmsg_parse(cb->nlh, GENL_HDRLEN, storage, levels->maxtype, levels->policy,
			  compat_netlink_extack(cb));
#else
	ret = compat_nla_sort(storage, levels->maxtype, nlmsg_attrdata(cb->nlh, GENL_HDRLEN),
			      nlmsg_attrlen(cb->nlh, GENL_HDRLEN));
#endif
	return ret ? ERR_PTR(ret) : storage;
#endif
}

/*
 * .start and .dumpit of a dump:
 *	COMPAT_DEFINE_DUMP(start_fn, dump_fn)
 *	... COMPAT_GENL_DUMP(start_fn, dump_fn)
 * @start_fn sets the first pointer of compat_netlink_ctx(), to an error if it fails. On RHEL 7
 * the first call of .dumpit begins the dump; .done may be called without it.
 */
#if HAVE_GENL_OP_START
#define COMPAT_DEFINE_DUMP(start_fn, dump_fn)
#define COMPAT_GENL_DUMP(start_fn, dump_fn) .start = (start_fn), .dumpit = (dump_fn),
#else
#define COMPAT_DEFINE_DUMP(start_fn, dump_fn)						\
static int compat_adapt_##dump_fn(struct sk_buff *skb, struct netlink_callback *cb)	\
{											\
	if (!*(void **)compat_netlink_ctx(cb))						\
		start_fn(cb);								\
	return dump_fn(skb, cb);							\
}
#define COMPAT_GENL_DUMP(start_fn, dump_fn) .dumpit = compat_adapt_##dump_fn,
#endif

#endif /* WG_COMPAT_GENETLINK_H */
