/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Receive path: decrypts datagrams of the socket and delivers the packets to
 * the stack.
 */
#ifndef WG_RECEIVE_H
#define WG_RECEIVE_H

#include "peer.h"

extern const struct wg_napi_ops wg_receive_napi_ops;

/* wg_sockets.receive: classifies and queues a datagram, which it consumes. Softirq. */
void wg_receive(struct wg_sockets *sockets, struct sk_buff *skb);

/*
 * The process function of the decrypt queue: decrypts a batch, and schedules its receive queue.
 * Process context.
 */
void wg_receive_process(struct wg_batch *batch);

#endif
