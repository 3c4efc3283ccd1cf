/* SPDX-License-Identifier: GPL-2.0 */
/* Host stand-in: the namespace of a socket. */
#ifndef SHIM_NET_SOCK_H
#define SHIM_NET_SOCK_H

#include <linux/netdevice.h>
#include <linux/netlink.h>

struct sock {
	struct net *net;
};

static inline struct net *sock_net(const struct sock *sk)
{
	return sk->net;
}

#endif
