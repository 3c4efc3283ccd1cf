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

/* Peers that a packet is wrapped for at most, one inside another. */
#define WG_MAX_NESTED 8

/*
 * The control block of a packet on its way to wg_sockets_send(): the outer TOS, and
 * the peers that the contents of the packet are wrapped for already, outermost last.
 *
 * @ids are those of struct wg_endpoint. They have 32 bits so that all of them fit. Two
 * peers get the same id only if 2^32 peers are created between them; traffic of the
 * one through the other would be dropped as a loop.
 */
struct wg_outer_cb {
	u8 tos;
	u8 nested;
	/*
	 * Without the peer that the packet is being sent to, which wg_sending_next() appends.
	 * wg_sending_loops() ensures nested < WG_MAX_NESTED.
	 */
	u32 ids[WG_MAX_NESTED - 1];
};

static inline struct wg_outer_cb *wg_outer_cb(struct sk_buff *skb)
{
	BUILD_BUG_ON(sizeof(struct wg_outer_cb) > sizeof(skb->cb));
	return (struct wg_outer_cb *)skb->cb;
}

/* A message that a task hands to the IP stack at this moment; on the stack of wg_send(). */
struct wg_sending {
	/* In wg_sendings of this CPU; with preemption disabled. */
	struct hlist_node node;
	const struct task_struct *task;
	const struct wg_path *to;
	/* The peers that the message is wrapped for, outermost last. */
	unsigned int nested;
	u32 ids[WG_MAX_NESTED];
};

/* socket.c, sockets */
int wg_sockets_open(struct wg_sockets *sockets, u16 port);
void wg_sockets_detach(struct wg_sockets *sockets);
void wg_sockets_release(struct wg_sockets *sockets);

/* socket.c, sending */
int wg_sockets_send(struct wg_sockets *sockets, struct wg_endpoint *endpoint,
		    struct sk_buff_head *packets);
int wg_sockets_send_bytes(struct wg_sockets *sockets, struct wg_endpoint *endpoint,
			  const void *data, size_t len, u8 tos);
int wg_sockets_reply(struct wg_sockets *sockets, const struct sk_buff *to,
		     const void *data, size_t len);

/* socket.c, messages that enter a device of this module while they are being sent */
bool wg_may_send_here(void);
const struct wg_sending *wg_sending_around(const struct net_device *dev,
					   const struct sk_buff *skb);
bool wg_sending_loops(const struct wg_sending *around, const struct wg_endpoint *endpoint);
void wg_outer_cb_init(struct sk_buff *skb, u8 tos, const struct wg_sending *around);

#endif
