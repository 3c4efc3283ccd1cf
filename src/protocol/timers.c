// SPDX-License-Identifier: GPL-2.0
/*
 * What each event does to each timer, and what is done when one expires.
 *
 * Deadlines are written without a lock, by whichever CPU sees the event. Two
 * events that meet there (data sent while data arrives) leave either one's
 * deadline, and both are right: the packets had no order to begin with. A message
 * is noted before it leaves and after it arrives, so that no CPU can undo an event
 * by noting an earlier one late: a SENT_AUTHENTICATED that came after the answer's
 * GOT_DATA would cancel a keepalive that the peer waits for, and NEW_HANDSHAKE armed
 * for data after the answer's GOT_AUTHENTICATED would start a handshake. If data arrives between
 * the note and the sending, a keepalive too many is sent, and no harm is done. What
 * must not get lost is a deadline that is earlier than the kernel timer's. The
 * writer stores the deadline and then looks at the timer; the handler, which
 * runs with the timer no longer pending, looks at the deadlines. With a full
 * barrier between the two steps on either side, one of them sees the other.
 */
#include "timers.h"

#include <linux/atomic.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/random.h>
#include <linux/rcupdate.h>
#include <linux/string.h>
#include "wg_limits.h"

enum wg_timer_action {
	/* Leave it as it is. */
	WG_KEEP,
	/* Now plus its interval, whatever it was. */
	WG_ARM,
	/* The same unless it runs already. */
	WG_START,
	WG_CANCEL,
};

static const u8 wg_timer_table[WG_EVENTS][WG_TIMERS] = {
	[WG_EVENT_SENT_AUTHENTICATED]	= { [WG_TIMER_KEEPALIVE]	= WG_CANCEL,
					    [WG_TIMER_PERSISTENT]	= WG_ARM },
	[WG_EVENT_GOT_DATA]		= { [WG_TIMER_KEEPALIVE]	= WG_START },
	[WG_EVENT_GOT_AUTHENTICATED]	= { [WG_TIMER_NEW_HANDSHAKE]	= WG_CANCEL,
					    [WG_TIMER_PERSISTENT]	= WG_ARM },
	/* Persistent: an attempt that cannot send is followed by no SENT_AUTHENTICATED. */
	[WG_EVENT_SENT_INITIATION]	= { [WG_TIMER_RETRANSMIT]	= WG_ARM,
					    [WG_TIMER_PERSISTENT]	= WG_START },
	[WG_EVENT_HANDSHAKE_DONE]	= { [WG_TIMER_RETRANSMIT]	= WG_CANCEL },
	[WG_EVENT_NEW_SESSION]		= { [WG_TIMER_FORGET_KEYS]	= WG_ARM },
};

/* Spreads the handshakes of peers that were cut off at one moment. */
static unsigned long wg_jitter(void)
{
	return msecs_to_jiffies(get_random_u32_below(WG_REKEY_JITTER_MS));
}

/* In jiffies; 0 where the timer is switched off. */
static unsigned long wg_interval(const struct wg_timers *t, enum wg_timer which)
{
	switch (which) {
	case WG_TIMER_RETRANSMIT:
		return WG_REKEY_TIMEOUT * HZ + wg_jitter();
	case WG_TIMER_KEEPALIVE:
		return WG_KEEPALIVE_TIMEOUT * HZ;
	case WG_TIMER_NEW_HANDSHAKE:
		return (WG_KEEPALIVE_TIMEOUT + WG_REKEY_TIMEOUT) * HZ + wg_jitter();
	case WG_TIMER_FORGET_KEYS:
		return 3 * WG_REJECT_AFTER_TIME * HZ;
	case WG_TIMER_PERSISTENT:
		return READ_ONCE(t->persistent_interval) * HZ;
	default:
		return 0;
	}
}

/* wg_timers_armed - may be outdated by the next line */
bool wg_timers_armed(const struct wg_timers *t, enum wg_timer which)
{
	return READ_ONCE(t->deadline[which]);
}

/* Returns the deadline as it is stored. */
static unsigned long wg_arm_at(struct wg_timers *t, enum wg_timer which, unsigned long deadline)
{
	deadline = deadline ?: 1;
	WRITE_ONCE(t->deadline[which], deadline);
	/* Pairs with the one in wg_timers_fire(): see the head of this file. */
	smp_mb();
	timer_reduce(&t->timer, deadline);
	return deadline;
}

/* Returns the deadline; 0 if the timer is switched off. */
static unsigned long wg_arm(struct wg_timers *t, enum wg_timer which)
{
	unsigned long interval = wg_interval(t, which);

	return interval ? wg_arm_at(t, which, jiffies + interval) : 0;
}

/* Whether @which is due; it is disarmed then, unless it was armed anew just now. */
static bool wg_take_due(struct wg_timers *t, enum wg_timer which, unsigned long now)
{
	unsigned long deadline = READ_ONCE(t->deadline[which]);

	return deadline && time_after_eq(now, deadline) &&
	       cmpxchg(&t->deadline[which], deadline, 0) == deadline;
}

static void wg_expire_retransmit(struct wg_timers *t)
{
	unsigned int attempts = READ_ONCE(t->attempts) + 1;

	if (attempts < WG_HANDSHAKE_ATTEMPTS) {
		WRITE_ONCE(t->attempts, attempts);
		t->ops->retransmit(t, attempts);
		return;
	}
	wg_timers_cancel(t, WG_TIMER_KEEPALIVE);
	t->ops->give_up(t);
	/* Half-made handshakes are not to stay longer than keys would. */
	if (!wg_timers_armed(t, WG_TIMER_FORGET_KEYS))
		wg_arm(t, WG_TIMER_FORGET_KEYS);
}

static void wg_expire(struct wg_timers *t, enum wg_timer which)
{
	switch (which) {
	case WG_TIMER_RETRANSMIT:
		wg_expire_retransmit(t);
		break;
	case WG_TIMER_KEEPALIVE:
		/* Answers all data that has arrived, however much came after the first. */
		t->ops->keepalive(t);
		break;
	case WG_TIMER_NEW_HANDSHAKE:
		t->ops->new_handshake(t);
		break;
	case WG_TIMER_FORGET_KEYS:
		t->ops->forget_keys(t);
		break;
	case WG_TIMER_PERSISTENT:
		/* Sending arms it again; this is for when nothing can be sent. */
		wg_arm(t, WG_TIMER_PERSISTENT);
		if (READ_ONCE(t->persistent_interval))
			t->ops->keepalive(t);
		break;
	default:
		break;
	}
}

static void wg_rearm_earliest(struct wg_timers *t)
{
	unsigned long deadline, earliest = 0;
	unsigned int i;

	for (i = 0; i < WG_TIMERS; i++) {
		deadline = READ_ONCE(t->deadline[i]);
		if (deadline && (!earliest || time_before(deadline, earliest)))
			earliest = deadline;
	}
	if (earliest)
		timer_reduce(&t->timer, earliest);
}

static void wg_timers_fire(struct timer_list *timer)
{
	struct wg_timers *t = timer_container_of(t, timer, timer);
	unsigned long now = jiffies;
	unsigned int i;

	/* Pairs with the one in wg_arm_at(): see the head of this file. */
	smp_mb();
	for (i = 0; i < WG_TIMERS && READ_ONCE(t->running); i++) {
		if (wg_take_due(t, i, now))
			wg_expire(t, i);
	}
	if (READ_ONCE(t->running))
		wg_rearm_earliest(t);
}

/* wg_timers_init - all disarmed, and not running before wg_timers_start() */
void wg_timers_init(struct wg_timers *t, const struct wg_timer_ops *ops)
{
	memset(t, 0, sizeof(*t));
	t->ops = ops;
	timer_setup(&t->timer, wg_timers_fire, 0);
}

/* wg_timers_start - let events arm timers from now on */
void wg_timers_start(struct wg_timers *t)
{
	WRITE_ONCE(t->running, true);
}

/*
 * wg_timers_disable - first half of stopping
 *
 * An RCU grace period must pass before wg_timers_stop(): one for any number of
 * peers.
 */
void wg_timers_disable(struct wg_timers *t)
{
	WRITE_ONCE(t->running, false);
}

/*
 * wg_timers_stop - second half: no handler runs or will run when it returns
 *
 * Process context. Events look at ->running under rcu_read_lock(), so that after
 * the grace period none is left that could arm the timer behind our back.
 */
void wg_timers_stop(struct wg_timers *t)
{
	timer_delete_sync(&t->timer);
	memset(t->deadline, 0, sizeof(t->deadline));
	t->attempts = 0;
}

/* wg_timers_note - tell of an event; any context but hard interrupts */
void wg_timers_note(struct wg_timers *t, enum wg_event event)
{
	unsigned int i;

	rcu_read_lock();
	if (!READ_ONCE(t->running))
		goto out;

	if (event == WG_EVENT_HANDSHAKE_DONE)
		WRITE_ONCE(t->attempts, 0);

	for (i = 0; i < WG_TIMERS; i++) {
		switch (wg_timer_table[event][i]) {
		case WG_START:
			if (wg_timers_armed(t, i))
				break;
			fallthrough;
		case WG_ARM:
			wg_arm(t, i);
			break;
		case WG_CANCEL:
			wg_timers_cancel(t, i);
			break;
		}
	}
out:
	rcu_read_unlock();
}

/*
 * wg_timers_start_one - arm a timer with its interval, unless it is armed
 *
 * For what may turn out not to have happened. Return: for wg_timers_take_back(); 0 if
 * nothing was armed.
 */
unsigned long wg_timers_start_one(struct wg_timers *t, enum wg_timer which)
{
	unsigned long deadline = 0;

	rcu_read_lock();
	if (READ_ONCE(t->running) && !wg_timers_armed(t, which))
		deadline = wg_arm(t, which);
	rcu_read_unlock();
	return deadline;
}

/*
 * wg_timers_take_back - undo a wg_timers_start_one()
 *
 * A deadline that is older stays, as does one that another CPU has set since.
 */
void wg_timers_take_back(struct wg_timers *t, enum wg_timer which, unsigned long deadline)
{
	if (deadline)
		cmpxchg(&t->deadline[which], deadline, 0);
}

/*
 * wg_timers_retransmit_in - try the handshake again so soon, instead of when it is due
 * @delay: in jiffies
 */
void wg_timers_retransmit_in(struct wg_timers *t, unsigned long delay)
{
	rcu_read_lock();
	if (READ_ONCE(t->running))
		wg_arm_at(t, WG_TIMER_RETRANSMIT, jiffies + delay);
	rcu_read_unlock();
}

/* wg_timers_cancel - disarm one; it may be running just now, or be armed again after */
void wg_timers_cancel(struct wg_timers *t, enum wg_timer which)
{
	if (wg_timers_armed(t, which))
		WRITE_ONCE(t->deadline[which], 0);
}

/*
 * wg_timers_set_persistent - send something every so often
 * @seconds: 0 is off
 *
 * Takes effect with the next packet either way, unless the caller sends one.
 */
void wg_timers_set_persistent(struct wg_timers *t, u16 seconds)
{
	WRITE_ONCE(t->persistent_interval, seconds);
	if (!seconds)
		wg_timers_cancel(t, WG_TIMER_PERSISTENT);
}
