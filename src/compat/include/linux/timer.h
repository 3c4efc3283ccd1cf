/* SPDX-License-Identifier: GPL-2.0 */
/*
 * <linux/timer.h>: the timer_*() names, timer_shutdown() among them, and
 * timer_container_of().
 */
#ifndef WG_COMPAT_TIMER_H
#define WG_COMPAT_TIMER_H

#include_next <linux/timer.h>

#if !HAVE_TIMER_DELETE
#define timer_delete(timer) del_timer(timer)
#define timer_delete_sync(timer) del_timer_sync(timer)
#endif

/*
 * A timer that was shut down cannot be armed again; one that was only deleted
 * can. Callers must therefore also see to it that nobody arms the timer after
 * this, by a flag that those who arm it check, on every kernel.
 */
#if !HAVE_TIMER_SHUTDOWN
#define timer_shutdown(timer) timer_delete(timer)
#define timer_shutdown_sync(timer) timer_delete_sync(timer)
#endif

#ifndef timer_container_of
#define timer_container_of(var, callback_timer, timer_fieldname) \
	container_of(callback_timer, typeof(*(var)), timer_fieldname)
#endif

#endif /* WG_COMPAT_TIMER_H */
