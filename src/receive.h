/* SPDX-License-Identifier: GPL-2.0 */
/*
 * First half of the receive path: queues the datagrams of the socket.
 */
#ifndef WG_RECEIVE_H
#define WG_RECEIVE_H

#include "peer.h"

/* wg_sockets.receive: classifies and queues a datagram, which it consumes. Softirq. */
void wg_receive(struct wg_sockets *sockets, struct sk_buff *skb);

#endif
