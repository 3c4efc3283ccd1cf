/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sending and receiving handshake messages, and the actions of the peers' timers.
 */
#ifndef WG_HANDSHAKE_IO_H
#define WG_HANDSHAKE_IO_H

#include "peer.h"

/* The callbacks of a peer's timers. */
extern const struct wg_timer_ops wg_handshake_io_timer_ops;

/* The function of a peer's work item: sends an initiation, forgets keys. */
void wg_handshake_io_work(struct work_struct *work);

/* Reasons why no session may begin. WG_BLOCK_HIBERNATION includes restoring an image. */
enum wg_session_block {
	WG_BLOCK_SUSPEND,
	WG_BLOCK_HIBERNATION,
};

/* handshake_io.c, while the machine suspends or hibernates */

/*
 * Lets no session begin on any interface. The caller then calls wg_peer_forget_keys() for all
 * peers; after that no peer has a session. Each reason has a bit, since user space may suspend
 * while it prepares a hibernation.
 */
void wg_sessions_block(enum wg_session_block why);

/*
 * Lets sessions begin again, unless they are blocked for another reason. The bit of @why need
 * not be set: some kernels send PM_POST_* without PM_*_PREPARE.
 */
void wg_sessions_unblock(enum wg_session_block why);

/*
 * The process function of the handshake queue: the batch has one packet, a handshake message.
 * wg_receive() has checked that the message has the size of its type, and has made it linear.
 * Process context.
 */
void wg_handshake_io_process(struct wg_batch *batch);

#endif
