/* SPDX-License-Identifier: GPL-2.0 */
/*
 * <net/ip.h>: inet_sdif(), which takes a const skb on newer kernels only.
 */
#ifndef WG_COMPAT_IP_H
#define WG_COMPAT_IP_H

#include_next <net/ip.h>

static inline int compat_inet_sdif(const struct sk_buff *skb)
{
#if HAVE_INET_SDIF
	return inet_sdif((struct sk_buff *)skb);
#else
	return 0;
#endif
}

#define inet_sdif compat_inet_sdif

#endif /* WG_COMPAT_IP_H */
