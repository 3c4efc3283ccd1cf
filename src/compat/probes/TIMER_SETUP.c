// SPDX-License-Identifier: GPL-2.0
/* Is there timer_setup()? Since 4.15, and in 4.14.67; see SETUP_TIMER. */
#include <linux/timer.h>

void probe_TIMER_SETUP(struct timer_list *timer, void (*fn)(struct timer_list *));
void probe_TIMER_SETUP(struct timer_list *timer, void (*fn)(struct timer_list *))
{
	timer_setup(timer, fn, 0);
}
