/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Handshakes of peers: what their timers and their messages do.
 */
#ifndef WG_EXCHANGE_H
#define WG_EXCHANGE_H

#include "peer.h"

/* What a peer's timers call, and what its work item runs. */
extern const struct wg_timer_ops wg_exchange_timer_ops;
void wg_exchange_work(struct work_struct *work);

/* exchange.c, while the machine suspends */
void wg_exchange_bar(void);
void wg_exchange_unbar(void);

/* exchange.c, for the pipeline; the one packet of the batch is a handshake message */
void wg_exchange_process(struct wg_batch *batch);

#endif
