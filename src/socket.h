/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The UDP sockets of a device, and sending to endpoints.
 */
#ifndef WG_SOCKET_H
#define WG_SOCKET_H

#include <linux/list.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <linux/spinlock.h>
#include "endpoint.h"
#include "nesting.h"

/* Headroom that the stack needs for the headers in front of an outgoing message. */
#define WG_OUTER_HEADROOM (LL_MAX_HEADER + sizeof(struct ipv6hdr) + sizeof(struct udphdr))

/*
 * sk_user_data points to this. Aligned because kernels since 6.0 keep flags in the three lowest
 * bits of sk_user_data.
 */
struct wg_sockets {
	struct sock __rcu *sock4;
	struct sock __rcu *sock6;
	/* Detached sockets, which are released a grace period later; under RTNL. */
	struct sock *closing4;
	struct sock *closing6;
	/*
	 * The namespace in which the device was created. NULL after that namespace exits or the
	 * device is unregistered. Not a reference. Written under RTNL.
	 */
	struct net __rcu *creating_net;
	/* The WireGuard device. */
	struct net_device *dev;
	u32 fwmark;
	/* As configured, 0 for any; after the sockets were opened the actual port. */
	u16 port;
	/* Consumes a received datagram. skb->data is behind the UDP header. In softirq. */
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
