/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Host stand-in: the one hook of a device's header_ops that the module has, and
 * what the build puts before every source in place of it on older kernels.
 */
#ifndef SHIM_LINUX_NETDEVICE_H
#define SHIM_LINUX_NETDEVICE_H

#include <linux/types.h>

struct sk_buff;

struct header_ops {
	__be16 (*parse_protocol)(const struct sk_buff *skb);
};

#define COMPAT_HEADER_OPS_PARSE_PROTOCOL(fn) .parse_protocol = (fn),

#endif
