/* SPDX-License-Identifier: GPL-2.0 */
/*
 * UDP sockets, and sending to endpoints.
 */
#ifndef WG_SOCKET_H
#define WG_SOCKET_H

#include <linux/list.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <linux/spinlock.h>
#include "endpoint.h"
#include "nesting.h"

/* What the stack in front of an outgoing data message will want to put there. */
#define WG_OUTER_HEADROOM (LL_MAX_HEADER + sizeof(struct ipv6hdr) + sizeof(struct udphdr))

/* Goes into sk_user_data, where kernels since 6.0 keep flags in the three lowest bits. */
struct wg_sockets {
	struct sock __rcu *sock4;
	struct sock __rcu *sock6;
	/* Detached, to be released a grace period later; under RTNL. */
	struct sock *closing4;
	struct sock *closing6;
	/* Where the device was created; NULL once that is gone. Not a reference. Under RTNL. */
	struct net __rcu *creating_net;
	/* The device whose packets these are. */
	struct net_device *dev;
	u32 fwmark;
	/* As asked for, and as it was given while the sockets are open. */
	u16 port;
	/* Takes over a datagram; data begins behind the UDP header. Softirq. */
	void (*receive)(struct wg_sockets *sockets, struct sk_buff *skb);
} __aligned(8);

/* socket.c, sockets */
int wg_sockets_open(struct wg_sockets *sockets, u16 port);
void wg_sockets_detach(struct wg_sockets *sockets);
void wg_sockets_release(struct wg_sockets *sockets);

/* socket_send.c */
int wg_sockets_send(struct wg_sockets *sockets, struct wg_endpoint *endpoint,
		    struct sk_buff_head *packets);
int wg_sockets_send_bytes(struct wg_sockets *sockets, struct wg_endpoint *endpoint,
			  const void *data, size_t len, u8 tos);
int wg_sockets_reply(struct wg_sockets *sockets, const struct sk_buff *to,
		     const void *data, size_t len);

#endif
