/* SPDX-License-Identifier: GPL-2.0 */
/*
 * <linux/ipv6.h>: inet6_sdif().
 */
#ifndef WG_COMPAT_IPV6_H
#define WG_COMPAT_IPV6_H

#include_next <linux/ipv6.h>

#if !HAVE_INET6_SDIF
#define inet6_sdif(skb) ((void)(skb), 0)
#endif

#endif /* WG_COMPAT_IPV6_H */
