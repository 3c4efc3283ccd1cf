// SPDX-License-Identifier: GPL-2.0
/* Is there timer_shutdown() and timer_shutdown_sync()? In 6.1, not in 5.10; else timer_delete_sync(). */
/* exports: timer_shutdown timer_shutdown_sync */
#include <linux/timer.h>

int probe_TIMER_SHUTDOWN(struct timer_list *timer);
int probe_TIMER_SHUTDOWN(struct timer_list *timer)
{
	return timer_shutdown(timer) | timer_shutdown_sync(timer);
}
