// SPDX-License-Identifier: GPL-2.0
/*
 * timer_setup() and timer_reduce() for kernels without them. Empty on other kernels.
 */
#include <linux/bug.h>
#include <linux/compiler.h>
#include <linux/jiffies.h>
#include <linux/spinlock.h>
#include <linux/timer.h>

#if !HAVE_TIMER_SETUP
/* Set by the first compat_timer_setup(), before a timer is started. It does not change. */
static void (*compat_timer_callback)(struct timer_list *timer);

/*
 * The callback in struct timer_list. A cast of our callback to this type would be a call
 * through a pointer of another type, which ends in a panic on kernels with control-flow
 * integrity.
 */
static void compat_timer_fire(unsigned long timer)
{
	READ_ONCE(compat_timer_callback)((struct timer_list *)timer);
}

void compat_timer_setup(struct timer_list *timer, void (*callback)(struct timer_list *timer),
			unsigned int flags)
{
	/* A second callback needs a function like compat_timer_fire() of its own. */
	WARN_ON_ONCE(compat_timer_callback && compat_timer_callback != callback);
	WRITE_ONCE(compat_timer_callback, callback);
	__setup_timer(timer, compat_timer_fire, (unsigned long)timer, flags);
}
#endif

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
