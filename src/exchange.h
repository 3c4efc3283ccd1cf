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

/* Why no session may begin; WG_BAR_HIBERNATION also when an image is restored. */
enum wg_bar {
	WG_BAR_SUSPEND,
	WG_BAR_HIBERNATION,
};

/* exchange.c, while the machine suspends or hibernates */
void wg_exchange_bar(enum wg_bar why);
void wg_exchange_unbar(enum wg_bar why);

/* exchange.c, for the crypt queue; the one packet of the batch is a handshake message */
void wg_exchange_process(struct wg_batch *batch);

#endif
