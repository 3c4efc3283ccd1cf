/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sending and receiving handshake messages, and the actions of the peers' timers.
 */
#ifndef WG_HANDSHAKE_IO_H
#define WG_HANDSHAKE_IO_H

#include "peer.h"

/* The callbacks of a peer's timers, and the function of its work item. */
extern const struct wg_timer_ops wg_handshake_io_timer_ops;
void wg_handshake_io_work(struct work_struct *work);

/* Reasons why no session may begin. WG_BLOCK_HIBERNATION includes restoring an image. */
enum wg_session_block {
	WG_BLOCK_SUSPEND,
	WG_BLOCK_HIBERNATION,
};

/* handshake_io.c, while the machine suspends or hibernates */
void wg_sessions_block(enum wg_session_block why);
void wg_sessions_unblock(enum wg_session_block why);

/* handshake_io.c, for the handshake queue: the batch has one packet, a handshake message */
void wg_handshake_io_process(struct wg_batch *batch);

#endif
