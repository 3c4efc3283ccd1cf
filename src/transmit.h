/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Transmit path: encrypts packets and sends the messages through the socket.
 */
#ifndef WG_TRANSMIT_H
#define WG_TRANSMIT_H

#include "encrypt.h"
#include "peer.h"

/*
 * For ndo_start_xmit(): sends packets to a peer. Softirq or process context; the caller holds a
 * reference. Without a key, packets for at most WG_MAX_STAGED messages wait; if there are more, the
 * oldest are dropped.
 * @packets: IP packets, each with wg_transmit_cb() filled in; consumed
 */
void wg_transmit(struct wg_peer *peer, struct sk_buff_head *packets);

/*
 * Sends the staged packets, or begins a handshake for them. Called after a key is installed.
 * Softirq or process context; the caller holds a reference.
 */
void wg_transmit_staged(struct wg_peer *peer);

/*
 * Sends the staged packets, or an empty message if there are none. Softirq or process context;
 * the caller holds a reference, or is the peer's timer.
 */
void wg_transmit_keepalive(struct wg_peer *peer);

/* transmit.c, for the transmit queue and the crypt queue */
extern const struct wg_peer_tx_ops wg_transmit_peer_tx_ops;

/*
 * The process function of the encrypt queue: encrypts a batch and completes it in its transmit
 * queue. Softirq or process context.
 */
void wg_transmit_process(struct wg_batch *batch);

#endif
