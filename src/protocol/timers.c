// SPDX-License-Identifier: GPL-2.0
/*
 * The effect of each event on each timer, and the actions when a timer expires.
 *
 * Deadlines are written without a lock, by the CPU on which the event happens. If two
 * events race (data is sent while data arrives), the deadline of one of them remains.
 * Either deadline is right, because the packets have no order.
 *
 * wg_timers_event() is called before a message is sent and after a message is received, so
 * that the events of a message come before those of its answer. In the other order,
 * SENT_AUTHENTICATED would cancel the keepalive that GOT_DATA of the answer has started,
 * and the NEW_HANDSHAKE timer would be armed after GOT_AUTHENTICATED of the answer, and
 * start a needless handshake. If data arrives between the call and the transmission, one
 * keepalive too many is sent, which is harmless.
 *
 * A deadline that is earlier than that of the kernel timer must not be missed. The
 * writer stores the deadline and then reads the state of the timer. The handler, which
 * runs when the timer is no longer pending, reads the deadlines. There is a full barrier
 * between the two steps on each side, so at least one side sees the store of the other.
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
	/* Do not change the deadline. */
	WG_KEEP,
	/* Set the deadline to now plus the interval. */
	WG_ARM,
	/* The same, unless the timer is armed. */
	WG_START,
	WG_CANCEL,
};

static const u8 wg_timer_table[WG_EVENTS][WG_TIMERS] = {
	[WG_EVENT_SENT_AUTHENTICATED]	= { [WG_TIMER_KEEPALIVE]	= WG_CANCEL,
					    [WG_TIMER_PERSISTENT]	= WG_ARM },
	[WG_EVENT_GOT_DATA]		= { [WG_TIMER_KEEPALIVE]	= WG_START },
	[WG_EVENT_GOT_AUTHENTICATED]	= { [WG_TIMER_NEW_HANDSHAKE]	= WG_CANCEL,
					    [WG_TIMER_PERSISTENT]	= WG_ARM },
	/* PERSISTENT: no SENT_AUTHENTICATED follows an attempt that cannot send. */
	[WG_EVENT_SENT_INITIATION]	= { [WG_TIMER_RETRANSMIT]	= WG_ARM,
					    [WG_TIMER_PERSISTENT]	= WG_START },
	[WG_EVENT_HANDSHAKE_DONE]	= { [WG_TIMER_RETRANSMIT]	= WG_CANCEL },
	[WG_EVENT_NEW_SESSION]		= { [WG_TIMER_FORGET_KEYS]	= WG_ARM },
};

/* Spreads the handshakes of peers that lost their connection at the same time. */
static unsigned long wg_jitter(void)
{
	return msecs_to_jiffies(get_random_u32_below(WG_REKEY_JITTER_MS));
}

/* In jiffies; 0 if the timer is switched off. */
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

/* Lockless: the result can change at any time. */
static bool wg_armed(const struct wg_timers *t, enum wg_timer which)
{
	return READ_ONCE(t->deadline[which]);
}

/* The handler may be running, and an event may arm the timer again. */
static void wg_cancel(struct wg_timers *t, enum wg_timer which)
{
	if (wg_armed(t, which))
		WRITE_ONCE(t->deadline[which], 0);
}

/* Returns the deadline as it is stored. */
static unsigned long wg_arm_at(struct wg_timers *t, enum wg_timer which, unsigned long deadline)
{
	deadline = deadline ?: 1;
	WRITE_ONCE(t->deadline[which], deadline);
	/* Pairs with smp_mb() in wg_timers_fire(): see the head of this file. */
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

/* Disarms @which if it is due. False if it is not due or if another CPU has just changed it. */
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
	wg_cancel(t, WG_TIMER_KEEPALIVE);
	t->ops->give_up(t);
	/* Wipe unfinished handshakes after the same time as keys. */
	if (!wg_armed(t, WG_TIMER_FORGET_KEYS))
		wg_arm(t, WG_TIMER_FORGET_KEYS);
}

static void wg_expire(struct wg_timers *t, enum wg_timer which)
{
	switch (which) {
	case WG_TIMER_RETRANSMIT:
		wg_expire_retransmit(t);
		break;
	case WG_TIMER_KEEPALIVE:
		/* One keepalive acknowledges all data received since the timer was started. */
		t->ops->keepalive(t);
		break;
	case WG_TIMER_NEW_HANDSHAKE:
		t->ops->new_handshake(t);
		break;
	case WG_TIMER_FORGET_KEYS:
		t->ops->forget_keys(t);
		break;
	case WG_TIMER_PERSISTENT:
		/* Sending arms the timer again; this covers a peer to which we cannot send. */
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

	/* Pairs with smp_mb() in wg_arm_at(): see the head of this file. */
	smp_mb();
	for (i = 0; i < WG_TIMERS && READ_ONCE(t->running); i++) {
		if (wg_take_due(t, i, now))
			wg_expire(t, i);
	}
	if (READ_ONCE(t->running))
		wg_rearm_earliest(t);
}

void wg_timers_init(struct wg_timers *t, const struct wg_timer_ops *ops)
{
	memset(t, 0, sizeof(*t));
	t->ops = ops;
	timer_setup(&t->timer, wg_timers_fire, 0);
}

void wg_timers_start(struct wg_timers *t)
{
	WRITE_ONCE(t->running, true);
}

void wg_timers_disable(struct wg_timers *t)
{
	WRITE_ONCE(t->running, false);
}

/*
 * Events read ->running under rcu_read_lock(), so that after the grace period no event can arm
 * the timer concurrently.
 */
void wg_timers_stop(struct wg_timers *t)
{
	timer_delete_sync(&t->timer);
	memset(t->deadline, 0, sizeof(t->deadline));
	t->attempts = 0;
}

void wg_timers_event(struct wg_timers *t, enum wg_event event)
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
			if (wg_armed(t, i))
				break;
			fallthrough;
		case WG_ARM:
			wg_arm(t, i);
			break;
		case WG_CANCEL:
			wg_cancel(t, i);
			break;
		}
	}
out:
	rcu_read_unlock();
}

unsigned long wg_timers_start_one(struct wg_timers *t, enum wg_timer which)
{
	unsigned long deadline = 0;

	rcu_read_lock();
	if (READ_ONCE(t->running) && !wg_armed(t, which))
		deadline = wg_arm(t, which);
	rcu_read_unlock();
	return deadline;
}

void wg_timers_take_back(struct wg_timers *t, enum wg_timer which, unsigned long deadline)
{
	if (deadline)
		cmpxchg(&t->deadline[which], deadline, 0);
}

void wg_timers_retransmit_in(struct wg_timers *t, unsigned long delay)
{
	rcu_read_lock();
	if (READ_ONCE(t->running))
		wg_arm_at(t, WG_TIMER_RETRANSMIT, jiffies + delay);
	rcu_read_unlock();
}

void wg_timers_set_persistent(struct wg_timers *t, u16 seconds)
{
	WRITE_ONCE(t->persistent_interval, seconds);
	if (!seconds)
		wg_cancel(t, WG_TIMER_PERSISTENT);
}
