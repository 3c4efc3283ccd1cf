/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The five timers of a peer (WireGuard paper, section 6) as deadlines in a table.
 *
 * Events of the data path are far more frequent than expiries. An event therefore only
 * writes deadlines. One kernel timer is armed for the earliest deadline, and its handler
 * finds the timers that are due. Cancelling is a plain store.
 */
#ifndef WG_TIMERS_H
#define WG_TIMERS_H

#include <linux/timer.h>
#include "messages.h"

enum wg_timer {
	/* An initiation was not answered: send another one, or give up. */
	WG_TIMER_RETRANSMIT,
	/* Data was received and nothing sent since: send a keepalive. */
	WG_TIMER_KEEPALIVE,
	/* Data was sent and nothing received since: the session may be dead. */
	WG_TIMER_NEW_HANDSHAKE,
	/* No new session for a long time: wipe all keys. */
	WG_TIMER_FORGET_KEYS,
	/* Nothing was sent or received for the user's interval: send a keepalive. */
	WG_TIMER_PERSISTENT,
	WG_TIMERS,
};

/*
 * WG_EVENT_SENT_* are noted before the message is sent: another CPU may handle the answer
 * before the sending CPU continues, and the events of the answer must come after these.
 * SENT_INITIATION is also noted if an attempt cannot send, without an endpoint, a key or
 * random numbers, so that the retransmit timer keeps running.
 */
enum wg_event {
	/* A data message, a keepalive or a handshake message. */
	WG_EVENT_SENT_AUTHENTICATED,
	WG_EVENT_GOT_DATA,
	WG_EVENT_GOT_AUTHENTICATED,
	WG_EVENT_SENT_INITIATION,
	WG_EVENT_HANDSHAKE_DONE,
	WG_EVENT_NEW_SESSION,
	WG_EVENTS,
};

struct wg_timers;

struct wg_timer_ops {
	/* Called in softirq, by the timer. Must not wait for wg_timers_stop(). */
	void (*retransmit)(struct wg_timers *t, unsigned int attempts);
	void (*give_up)(struct wg_timers *t);
	void (*keepalive)(struct wg_timers *t);
	void (*new_handshake)(struct wg_timers *t);
	void (*forget_keys)(struct wg_timers *t);
};

struct wg_timers {
	/* In jiffies; 0 means not armed. Written by events on any CPU. */
	unsigned long deadline[WG_TIMERS];
	unsigned int attempts;
	/* Seconds; 0 is off. */
	u16 persistent_interval;
	bool running;
	struct timer_list timer;
	const struct wg_timer_ops *ops;
};

/* Initialises all timers disarmed. Events have no effect before wg_timers_start(). */
void wg_timers_init(struct wg_timers *t, const struct wg_timer_ops *ops);

/* Allows events to arm timers. */
void wg_timers_start(struct wg_timers *t);

/*
 * First step of stopping. The caller waits for an RCU grace period before wg_timers_stop(). One
 * grace period is enough for any number of peers.
 */
void wg_timers_disable(struct wg_timers *t);

/* Second step: when it returns, no handler runs or will run. Process context. */
void wg_timers_stop(struct wg_timers *t);

/* Updates the timers after an event. Any context but hard interrupts. */
void wg_timers_event(struct wg_timers *t, enum wg_event event);

/*
 * Arms a timer with its interval, unless it is armed. For an action that may fail later. Return:
 * the deadline, for wg_timers_take_back(); 0 if the timer was not armed by this call.
 */
unsigned long wg_timers_start_one(struct wg_timers *t, enum wg_timer which);

/*
 * Undoes wg_timers_start_one(). An older deadline stays, and so does one that another CPU has
 * set since.
 */
void wg_timers_take_back(struct wg_timers *t, enum wg_timer which, unsigned long deadline);

/*
 * Sets the time of the next attempt of the handshake. @delay: in jiffies, instead of the
 * retransmission interval.
 */
void wg_timers_retransmit_in(struct wg_timers *t, unsigned long delay);

/*
 * Sets the interval of the persistent keepalive. @seconds: 0 is off. A new interval takes effect
 * with the next packet, which the caller may send. 0 takes effect at once.
 */
void wg_timers_set_persistent(struct wg_timers *t, u16 seconds);

#endif
