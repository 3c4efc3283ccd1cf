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
#include "stats.h"

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
	/* The WireGuard device, and its counters. */
	struct net_device *dev;
	struct wg_stats __percpu *stats;
	u32 fwmark;
	/* The configured port, 0 for any; the actual port once sockets were opened. */
	u16 port;
	/* Consumes a received datagram. skb->data is behind the UDP header. In softirq. */
	void (*receive)(struct wg_sockets *sockets, struct sk_buff *skb);
} __aligned(8);

/*
 * socket.c. Opens sockets on @port, in host byte order (0: any free port), and closes the old
 * ones. Under RTNL. Return: 0; -ENONET if the creating namespace is gone; or the error of the
 * socket layer, for example -EADDRINUSE, also if the old sockets use @port. On error the old
 * sockets stay open.
 */
int wg_sockets_open(struct wg_sockets *sockets, u16 port);

/*
 * The two halves of closing, both under RTNL. After wg_sockets_detach() senders find no sockets,
 * and the receive callback finds no device. wg_sockets_release() releases the detached sockets, if
 * any. A grace period must pass between the two calls; one is enough for any number of devices.
 */
void wg_sockets_detach(struct wg_sockets *sockets);
void wg_sockets_release(struct wg_sockets *sockets);

/*
 * socket_send.c. Sends messages to the endpoint of a peer. Softirq or process context. Return:
 * 0; or an error, and nothing was sent: -EDESTADDRREQ without an endpoint, -ENONET while the
 * sockets are closed, -EADDRNOTAVAIL if the tunnel has the only source address, or the error of
 * the route lookup. Losses after the lookup are not returned: they are counted in the device's
 * statistics.
 * @packets: messages and aggregates; data begins at the WireGuard header, preferably with
 *	WG_OUTER_HEADROOM in front, and wg_outer_cb() is filled in; all packets are consumed
 */
int wg_sockets_send(struct wg_sockets *sockets, struct wg_endpoint *endpoint,
		    struct sk_buff_head *packets);

/* As wg_sockets_send(), for a message in a buffer. Also -ENOMEM. */
int wg_sockets_send_bytes(struct wg_sockets *sockets, struct wg_endpoint *endpoint,
			  const void *data, size_t len, u8 tos);

/* Sends a handshake message to the source of @to, by the same path. */
int wg_sockets_reply(struct wg_sockets *sockets, const struct sk_buff *to,
		     const void *data, size_t len);

#endif
