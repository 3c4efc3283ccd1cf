/* SPDX-License-Identifier: GPL-2.0 */
/*
 * <net/if_inet6.h>: addr_gen_mode, the generation of link-local addresses.
 */
#ifndef WG_COMPAT_IF_INET6_H
#define WG_COMPAT_IF_INET6_H

#include_next <net/if_inet6.h>

/* Under RTNL. */
static inline void compat_in6_set_addr_gen_mode(struct inet6_dev *in6, u8 mode)
{
#if HAVE_CNF_ADDR_GEN_MODE
	in6->cnf.addr_gen_mode = mode;
#else
	in6->addr_gen_mode = mode;
#endif
}

#endif /* WG_COMPAT_IF_INET6_H */
