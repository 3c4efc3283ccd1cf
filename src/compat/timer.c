// SPDX-License-Identifier: GPL-2.0
/*
 * timer_reduce() for kernels without it. Empty on other kernels.
 */
#include <linux/jiffies.h>
#include <linux/spinlock.h>
#include <linux/timer.h>

#if !HAVE_TIMER_REDUCE
/*
 * One lock for all timers, because it is taken only if a deadline changes.
 * Without it two concurrent callers could set the later of their deadlines
 * last.
 */
static DEFINE_SPINLOCK(compat_timer_lock);

static bool compat_timer_soon_enough(const struct timer_list *timer, unsigned long expires)
{
	return timer_pending(timer) && time_before_eq(READ_ONCE(timer->expires), expires);
}

/* compat_timer_reduce - make the timer expire at @expires or earlier; true if it was pending */
int compat_timer_reduce(struct timer_list *timer, unsigned long expires)
{
	int pending = 1;

	if (compat_timer_soon_enough(timer, expires))
		return pending;
	spin_lock_bh(&compat_timer_lock);
	if (!compat_timer_soon_enough(timer, expires))
		pending = mod_timer(timer, expires);
	spin_unlock_bh(&compat_timer_lock);
	return pending;
}
#endif
