/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Handshakes of peers: what their timers and their messages do.
 */
#ifndef WG_HANDSHAKE_IO_H
#define WG_HANDSHAKE_IO_H

#include "peer.h"

/* What a peer's timers call, and what its work item runs. */
extern const struct wg_timer_ops wg_handshake_io_timer_ops;
void wg_handshake_io_work(struct work_struct *work);

/* Why no session may begin; WG_BLOCK_HIBERNATION also when an image is restored. */
enum wg_session_block {
	WG_BLOCK_SUSPEND,
	WG_BLOCK_HIBERNATION,
};

/* handshake_io.c, while the machine suspends or hibernates */
void wg_sessions_block(enum wg_session_block why);
void wg_sessions_unblock(enum wg_session_block why);

/* handshake_io.c, for the crypt queue; the one packet of the batch is a handshake message */
void wg_handshake_io_process(struct wg_batch *batch);

#endif
