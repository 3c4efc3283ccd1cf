/* SPDX-License-Identifier: GPL-2.0 */
/* Host stand-in: work items are counted and not executed. */
#ifndef SHIM_LINUX_WORKQUEUE_H
#define SHIM_LINUX_WORKQUEUE_H

#include <linux/compiler.h>
#include <linux/types.h>

struct workqueue_struct;
struct work_struct;
typedef void (*work_func_t)(struct work_struct *work);

struct work_struct {
	work_func_t func;
	unsigned int queued;
};

#define INIT_WORK(work, function) (*(work) = (struct work_struct){ .func = (function) })

static inline bool queue_work(struct workqueue_struct *wq, struct work_struct *work)
{
	(void)wq;
	return !work->queued++;
}

static inline bool cancel_work_sync(struct work_struct *work)
{
	bool queued = work->queued;

	work->queued = 0;
	return queued;
}

#endif
