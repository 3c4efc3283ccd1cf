/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Second half of the receive path: decrypts the messages that receive.c has queued, and delivers
 * the packets to the stack.
 */
#ifndef WG_DELIVER_H
#define WG_DELIVER_H

#include <linux/bug.h>
#include <linux/skbuff.h>
#include "peer.h"

/* The control block of a message, until the packet is delivered. */
struct wg_receive_cb {
	u64 nonce;
	/* TOS or traffic class of the outer header. */
	u8 tos;
};

static inline struct wg_receive_cb *wg_receive_cb(struct sk_buff *skb)
{
	BUILD_BUG_ON(sizeof(struct wg_receive_cb) > sizeof(skb->cb));
	return (struct wg_receive_cb *)skb->cb;
}

/* The poll of a peer's receive queue: decrypts arrivals, and delivers packets in order. */
extern const struct wg_napi_ops wg_receive_napi_ops;

/*
 * The process function of the decrypt queue: decrypts a batch, and schedules its receive queue.
 * Process context.
 */
void wg_receive_process(struct wg_batch *batch);

#endif
