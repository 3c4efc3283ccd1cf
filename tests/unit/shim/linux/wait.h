/* SPDX-License-Identifier: GPL-2.0 */
/* Host stand-in: no task waits. */
#ifndef SHIM_LINUX_WAIT_H
#define SHIM_LINUX_WAIT_H

typedef struct {
	char unused;
} wait_queue_head_t;

#define wake_up(queue) ((void)(queue))

#endif
