// SPDX-License-Identifier: GPL-2.0
/* Is there del_timer() and del_timer_sync()? Up to 6.12, not in 7.2; see TIMER_DELETE. */
#include <linux/timer.h>

int probe_DEL_TIMER(struct timer_list *timer);
int probe_DEL_TIMER(struct timer_list *timer)
{
	return del_timer(timer) | del_timer_sync(timer);
}
