/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Receive path: decrypts datagrams of the socket and delivers the packets to
 * the stack.
 */
#ifndef WG_RECEIVE_H
#define WG_RECEIVE_H

#include "peer.h"

extern const struct wg_napi_ops wg_receive_napi_ops;

/* receive.c, for the socket */
void wg_receive(struct wg_sockets *sockets, struct sk_buff *skb);

/* receive.c, for the crypt queue */
void wg_receive_process(struct wg_batch *batch);

#endif
