/* SPDX-License-Identifier: GPL-2.0 */
/*
 * <linux/inetdevice.h>: inet_confirm_addr() with the namespace.
 */
#ifndef WG_COMPAT_INETDEVICE_H
#define WG_COMPAT_INETDEVICE_H

#include_next <linux/inetdevice.h>

#if !HAVE_INET_CONFIRM_ADDR_NET
/* The kernel's function needs a device here. Under RCU. */
static inline __be32 compat_inet_confirm_addr(struct net *net, struct in_device *in, __be32 dst,
					      __be32 local, int scope)
{
	struct net_device *dev;
	__be32 addr = 0;

	if (in)
		return inet_confirm_addr(in, dst, local, scope);
	for_each_netdev_rcu(net, dev) {
		in = __in_dev_get_rcu(dev);
		if (in)
			addr = inet_confirm_addr(in, dst, local, scope);
		if (addr)
			break;
	}
	return addr;
}

#define inet_confirm_addr(net, in, dst, local, scope) \
	compat_inet_confirm_addr(net, in, dst, local, scope)
#endif

#endif /* WG_COMPAT_INETDEVICE_H */
