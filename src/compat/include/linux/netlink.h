/* SPDX-License-Identifier: GPL-2.0 */
/*
 * <linux/netlink.h>: extended acknowledgements, the messages beside an error
 * number. On a kernel without them the pointer is NULL and messages are
 * discarded.
 */
#ifndef WG_COMPAT_LINUX_NETLINK_H
#define WG_COMPAT_LINUX_NETLINK_H

#include_next <linux/netlink.h>

#if !HAVE_NETLINK_EXT_ACK
struct compat_netlink_ext_ack;
#define netlink_ext_ack compat_netlink_ext_ack
#undef NL_SET_ERR_MSG
#undef NL_SET_ERR_MSG_ATTR
#define NL_SET_ERR_MSG(extack, msg) ((void)(extack))
#define NL_SET_ERR_MSG_ATTR(extack, attr, msg) ((void)(extack), (void)(attr))
#endif

#endif /* WG_COMPAT_LINUX_NETLINK_H */
