/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Nested tunnels: messages that enter a device of this module while they are being sent.
 */
#ifndef WG_NESTING_H
#define WG_NESTING_H

#include <linux/bug.h>
#include <linux/list.h>
#include <linux/skbuff.h>
#include "endpoint.h"

/* The maximum number of peers for which a packet is encapsulated, one inside another. */
#define WG_MAX_NESTED 8

/*
 * The control block of a packet on its way to wg_sockets_send(): the outer TOS, and the
 * peers for which the packet is already encapsulated, outermost last.
 *
 * @ids are those of struct wg_endpoint. They have 32 bits so that all of them fit. Two
 * peers get the same id only if 2^32 peers are created between them. Traffic of one of them
 * through the other would then be dropped as a loop.
 */
struct wg_outer_cb {
	u8 tos;
	u8 nested;
	/*
	 * Does not include the peer to which the packet is sent: wg_sending_next() appends
	 * it. wg_sending_loops() ensures nested < WG_MAX_NESTED.
	 */
	u32 ids[WG_MAX_NESTED - 1];
};

static inline struct wg_outer_cb *wg_outer_cb(struct sk_buff *skb)
{
	BUILD_BUG_ON(sizeof(struct wg_outer_cb) > sizeof(skb->cb));
	return (struct wg_outer_cb *)skb->cb;
}

/* A message that a task is passing to the IP stack. Lives on the stack of wg_send(). */
struct wg_sending {
	/* In wg_sendings of this CPU; changed with preemption disabled. */
	struct hlist_node node;
	const struct task_struct *task;
	const struct wg_path *to;
	/* The peers for which the message is encapsulated, outermost last. */
	unsigned int nested;
	u32 ids[WG_MAX_NESTED];
};

/* With softirqs disabled from begin to end: @sending is on the list of this CPU. */
void wg_sending_begin(struct wg_sending *sending, const struct wg_path *to);
void wg_sending_end(struct wg_sending *sending);
/* Called before @skb is passed to the stack, which overwrites its control block. */
void wg_sending_next(struct wg_sending *sending, const struct wg_endpoint *endpoint,
		     struct sk_buff *skb);

/*
 * Whether the caller may send on its stack, instead of in a worker. With
 * softirqs disabled. Return: false if this task is already sending a message, inside the
 * ndo_start_xmit() of another device, and if little of the stack is left.
 */
bool wg_may_send_here(void);

/*
 * The record of the message that this task is sending, if @skb is that message
 * or contains it; else NULL. Called by ndo_start_xmit(), with softirqs disabled.
 */
const struct wg_sending *wg_outer_sending(const struct net_device *dev,
					  const struct sk_buff *skb);

/*
 * Whether another encapsulation is a loop, or exceeds WG_MAX_NESTED.
 * @around: from wg_outer_sending(); may be NULL
 * @endpoint: of the peer to which the packet is to be sent
 */
bool wg_sending_loops(const struct wg_sending *around, const struct wg_endpoint *endpoint);

/* Fills in the control block. wg_sending_loops() is false for @around. */
void wg_outer_cb_init(struct sk_buff *skb, u8 tos, const struct wg_sending *around);

#endif
