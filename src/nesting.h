/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Messages that enter a device of this module while they are being sent.
 */
#ifndef WG_NESTING_H
#define WG_NESTING_H

#include <linux/list.h>
#include <linux/skbuff.h>
#include "endpoint.h"

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

/* With softirqs disabled: @sending is on the list of this CPU from begin to end. */
void wg_sending_begin(struct wg_sending *sending, const struct wg_path *to);
void wg_sending_end(struct wg_sending *sending);
/* Before @skb is handed over: the stack uses its control block. */
void wg_sending_next(struct wg_sending *sending, const struct wg_endpoint *endpoint,
		     struct sk_buff *skb);

bool wg_may_send_here(void);
const struct wg_sending *wg_sending_around(const struct net_device *dev,
					   const struct sk_buff *skb);
bool wg_sending_loops(const struct wg_sending *around, const struct wg_endpoint *endpoint);
void wg_outer_cb_init(struct sk_buff *skb, u8 tos, const struct wg_sending *around);

#endif
