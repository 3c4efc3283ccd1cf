/* SPDX-License-Identifier: GPL-2.0 */
/*
 * <net/genetlink.h>: the parsed attributes of a dump, and resv_start_op.
 */
#ifndef WG_COMPAT_GENETLINK_H
#define WG_COMPAT_GENETLINK_H

#include_next <net/genetlink.h>

/* In .start, .dumpit and .done of classic genl_ops. */
static inline struct nlattr **compat_genl_dump_attrs(struct netlink_callback *cb)
{
#if HAVE_GENL_DUMP_INFO
	return genl_dumpit_info(cb)->info.attrs;
#else
	return genl_dumpit_info(cb)->attrs;
#endif
}

/*
 * An initialiser in struct genl_family, no comma of its own:
 *	COMPAT_GENL_RESV_START_OP(WG_CMD_SET_DEVICE + 1)
 */
#if HAVE_GENL_RESV_START_OP
#define COMPAT_GENL_RESV_START_OP(op) .resv_start_op = (op),
#else
#define COMPAT_GENL_RESV_START_OP(op)
#endif

#endif /* WG_COMPAT_GENETLINK_H */
