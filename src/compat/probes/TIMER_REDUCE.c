// SPDX-License-Identifier: GPL-2.0
/* Is there timer_reduce()? Since 4.16; else mod_timer() under a lock. */
/* exports: timer_reduce */
#include <linux/timer.h>

int probe_TIMER_REDUCE(struct timer_list *timer);
int probe_TIMER_REDUCE(struct timer_list *timer)
{
	return timer_reduce(timer, 1);
}
