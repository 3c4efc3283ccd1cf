/* SPDX-License-Identifier: GPL-2.0 */
/*
 * <linux/timer.h>: the timer_*() names, timer_container_of() and timer_reduce().
 */
#ifndef WG_COMPAT_TIMER_H
#define WG_COMPAT_TIMER_H

#include_next <linux/timer.h>

#if !HAVE_TIMER_DELETE
#define timer_delete_sync(timer) del_timer_sync(timer)
#endif

/*
 * In compat/timer.c. The old callback takes an unsigned long, so the kernel cannot call
 * @callback. All timers of the module have the same @callback.
 */
#if !HAVE_TIMER_SETUP
void compat_timer_setup(struct timer_list *timer, void (*callback)(struct timer_list *timer),
			unsigned int flags);
#undef timer_setup
#define timer_setup(timer, callback, flags) compat_timer_setup(timer, callback, flags)
#endif

/*
 * In compat/timer.c. Makes the timer expire at @expires or earlier. Any context but hard
 * interrupts. Return: whether the timer was pending.
 */
#if !HAVE_TIMER_REDUCE
int compat_timer_reduce(struct timer_list *timer, unsigned long expires);
#define timer_reduce(timer, expires) compat_timer_reduce(timer, expires)
#endif

#ifndef timer_container_of
#define timer_container_of(var, callback_timer, timer_fieldname) \
	container_of(callback_timer, typeof(*(var)), timer_fieldname)
#endif

#endif /* WG_COMPAT_TIMER_H */
