// SPDX-License-Identifier: GPL-2.0
/* Is there timer_delete() and timer_delete_sync()? In 6.1, not in 5.10; see DEL_TIMER. */
/* exports: timer_delete timer_delete_sync */
#include <linux/timer.h>

int probe_TIMER_DELETE(struct timer_list *timer);
int probe_TIMER_DELETE(struct timer_list *timer)
{
	return timer_delete(timer) | timer_delete_sync(timer);
}
