// SPDX-License-Identifier: GPL-2.0
/* Is there timer_delete() and timer_delete_sync()? In 6.1, not in 5.10; else del_timer(), del_timer_sync(). */
#include <linux/timer.h>

int probe_TIMER_DELETE(struct timer_list *timer);
int probe_TIMER_DELETE(struct timer_list *timer)
{
	return timer_delete(timer) | timer_delete_sync(timer);
}
