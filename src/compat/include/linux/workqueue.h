/* SPDX-License-Identifier: GPL-2.0 */
/*
 * <linux/workqueue.h>: WQ_PERCPU. On kernels without the flag, every queue
 * without WQ_UNBOUND is a per-CPU queue.
 */
#ifndef WG_COMPAT_WORKQUEUE_H
#define WG_COMPAT_WORKQUEUE_H

#include_next <linux/workqueue.h>

#if !HAVE_WQ_PERCPU
#define WQ_PERCPU 0
#endif

#endif /* WG_COMPAT_WORKQUEUE_H */
