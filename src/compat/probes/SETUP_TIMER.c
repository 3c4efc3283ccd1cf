// SPDX-License-Identifier: GPL-2.0
/* Is there __setup_timer()? In 4.4 to 4.14, not in 4.19; see TIMER_SETUP. */
#include <linux/timer.h>

void probe_SETUP_TIMER(struct timer_list *timer, void (*fn)(unsigned long));
void probe_SETUP_TIMER(struct timer_list *timer, void (*fn)(unsigned long))
{
	__setup_timer(timer, fn, 0UL, 0);
}
