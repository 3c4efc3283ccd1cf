/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Host stand-in: timers over the clock of jiffies.h, for one thread. They fire in
 * shim_timers_run(), in the order of their times, and as late as a test sets.
 */
#ifndef SHIM_LINUX_TIMER_H
#define SHIM_LINUX_TIMER_H

#include <time.h>
#include <linux/bug.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>

struct timer_list {
	struct timer_list *next;
	bool pending;
	unsigned long expires;
	void (*function)(struct timer_list *timer);
};

SHIM_SHARED struct timer_list *shim_timers;
/* By how many jiffies each timer fires late, like those of the timer wheel. */
SHIM_SHARED unsigned long shim_timer_late;
/* The timer whose function is running. */
SHIM_SHARED struct timer_list *shim_timer_running;
SHIM_SHARED unsigned long shim_timers_fired;

/* The C library has a function of this name. */
#define timer_delete shim_timer_delete

#define timer_container_of(var, timer, member) \
	container_of(timer, __typeof__(*(var)), member)

static inline void timer_setup(struct timer_list *timer,
			       void (*function)(struct timer_list *timer),
			       unsigned int flags)
{
	(void)flags;
	*timer = (struct timer_list){ .function = function };
}

static inline int timer_pending(const struct timer_list *timer)
{
	return timer->pending;
}

/* Moves a timer forward, or arms it. Never delays it. */
static inline int timer_reduce(struct timer_list *timer, unsigned long expires)
{
	SHIM_CHECK(timer->function, "timer armed before timer_setup()");
	if (timer->pending) {
		if (time_before(expires, timer->expires))
			timer->expires = expires;
		return 1;
	}
	timer->pending = true;
	timer->expires = expires;
	timer->next = shim_timers;
	shim_timers = timer;
	return 0;
}

static inline int timer_delete(struct timer_list *timer)
{
	struct timer_list **at = &shim_timers;

	if (!timer->pending)
		return 0;
	while (*at != timer)
		at = &(*at)->next;
	*at = timer->next;
	timer->pending = false;
	return 1;
}

static inline int timer_delete_sync(struct timer_list *timer)
{
	SHIM_CHECK(shim_timer_running != timer, "timer waits for its own end");
	return timer_delete(timer);
}

/* Runs the clock to @until, and fires all timers that are due by then. */
static inline void shim_timers_run(unsigned long until)
{
	struct timer_list *timer, *first;
	unsigned long at;

	for (;;) {
		first = NULL;
		for (timer = shim_timers; timer; timer = timer->next)
			if (!first || time_before(timer->expires, first->expires))
				first = timer;
		if (!first)
			break;
		at = first->expires + shim_timer_late;
		if (time_after(at, until))
			break;
		/* A timer armed for now or earlier fires at the next tick. */
		jiffies = time_after(at, jiffies) ? at : jiffies + 1;
		if (time_after(jiffies, until))
			break;
		timer_delete(first);
		shim_timer_running = first;
		shim_timers_fired++;
		first->function(first);
		shim_timer_running = NULL;
	}
	if (time_after(until, jiffies))
		jiffies = until;
}

#endif
