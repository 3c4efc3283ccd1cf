/* SPDX-License-Identifier: GPL-2.0 */
/*
 * <linux/inetdevice.h>: inet_confirm_addr() with the namespace, and for one device with any scope.
 */
#ifndef WG_COMPAT_INETDEVICE_H
#define WG_COMPAT_INETDEVICE_H

#include_next <linux/inetdevice.h>

#if !HAVE_INET_CONFIRM_ADDR_NET
/* The first address of @in that is not for this host only, or 0. Under RCU. */
static inline __be32 compat_first_addr(const struct in_device *in)
{
	const struct in_ifaddr *ifa;

	for (ifa = READ_ONCE(in->ifa_list); ifa; ifa = READ_ONCE(ifa->ifa_next)) {
		if (ifa->ifa_scope <= RT_SCOPE_LINK)
			return ifa->ifa_local;
	}
	return 0;
}

/*
 * The kernel's function needs a device here. With RT_SCOPE_LINK it looks at all devices of its
 * namespace instead, and may return an address of another one. The driver uses this scope only
 * to get any address of a device, without @dst and @local. Under RCU.
 */
static inline __be32 compat_inet_confirm_addr(struct net *net, struct in_device *in, __be32 dst,
					      __be32 local, int scope)
{
	struct net_device *dev;
	__be32 addr = 0;

	if (in && scope == RT_SCOPE_LINK && !dst && !local)
		return compat_first_addr(in);
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
