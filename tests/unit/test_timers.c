// SPDX-License-Identifier: GPL-2.0
/*
 * The five timers of a peer over a clock that the test sets: the table of events against one
 * written from the protocol's prose, the actions on expiry, and long random runs against a model
 * of five plain timers. Each test is repeated from several points of jiffies, including its
 * wrap-around.
 */
#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/random.h>
#include <linux/rcupdate.h>
#include <linux/string.h>
#include <cmocka.h>

#include "timers.h"

/* Milliseconds of jitter in the next draws, always below 334. */
#define NO_JITTER 0
#define MAX_JITTER 333

static const unsigned long starts[] = {
	/* Just after boot, and before and after each wrap of the number or its sign. */
	1, 100000, -1UL, -10UL * HZ, -100UL * HZ, -5UL * HZ, -15UL * HZ, -540UL * HZ,
	(-1UL >> 1) - 100 * HZ, (-1UL >> 1) - 5 * HZ,
};

enum call { RETRANSMIT, GIVE_UP, KEEPALIVE, NEW_HANDSHAKE, FORGET_KEYS };

static struct {
	enum call call;
	unsigned long at;
	unsigned int attempts;
} calls[100000];
static unsigned int ncalls;

static struct wg_timers timers;
static unsigned long began;

/* Whether a peer can send when a timer calls it. Each test sets what works. */
static bool can_send_data, can_initiate, disable_on_call;

static u32 draws[1];

/* From here on each jitter has this many milliseconds. */
static void jitter(u32 ms)
{
	draws[0] = ms;
	shim_draws = draws;
	shim_draws_left = 1;
}

static void keep_jitter(void)
{
	shim_draws = draws;
	shim_draws_left = 1;
}

static void record(struct wg_timers *t, enum call call, unsigned int attempts)
{
	assert_ptr_equal(t, &timers);
	assert_true(ncalls < ARRAY_SIZE(calls));
	calls[ncalls].call = call;
	calls[ncalls].at = jiffies - began;
	calls[ncalls++].attempts = attempts;
	if (disable_on_call)
		wg_timers_disable(t);
}

/* No event by itself: see wg_timers_start_one(). */
enum { SENT_DATA = WG_EVENTS, ALL_EVENTS };

static void note(unsigned int event)
{
	keep_jitter();
	if (event == SENT_DATA)
		wg_timers_start_one(&timers, WG_TIMER_NEW_HANDSHAKE);
	else
		wg_timers_event(&timers, event);
}

static unsigned long note_data(void)
{
	keep_jitter();
	return wg_timers_start_one(&timers, WG_TIMER_NEW_HANDSHAKE);
}

static void on_retransmit(struct wg_timers *t, unsigned int attempts)
{
	record(t, RETRANSMIT, attempts);
	if (can_initiate) {
		note(WG_EVENT_SENT_AUTHENTICATED);
		note(WG_EVENT_SENT_INITIATION);
	}
}

static void on_give_up(struct wg_timers *t)
{
	record(t, GIVE_UP, 0);
}

static void on_keepalive(struct wg_timers *t)
{
	record(t, KEEPALIVE, 0);
	if (can_send_data)
		note(WG_EVENT_SENT_AUTHENTICATED);
}

static void on_new_handshake(struct wg_timers *t)
{
	record(t, NEW_HANDSHAKE, 0);
}

static void on_forget_keys(struct wg_timers *t)
{
	record(t, FORGET_KEYS, 0);
}

static const struct wg_timer_ops ops = {
	.retransmit = on_retransmit,
	.give_up = on_give_up,
	.keepalive = on_keepalive,
	.new_handshake = on_new_handshake,
	.forget_keys = on_forget_keys,
};

static void begin(unsigned long start)
{
	shim_timers = NULL;
	shim_timer_late = 0;
	jiffies = began = start;
	ncalls = 0;
	can_send_data = can_initiate = true;
	disable_on_call = false;
	jitter(NO_JITTER);
	memset(&timers, 0x5a, sizeof(timers));
	wg_timers_init(&timers, &ops);
	wg_timers_start(&timers);
}

static void end(void)
{
	wg_timers_disable(&timers);
	synchronize_rcu();
	wg_timers_stop(&timers);
	assert_null(shim_timers);
	shim_draws_left = 0;
}

/* Runs to so many jiffies after the beginning of the test. */
static void run_to(unsigned long at)
{
	shim_timers_run(began + at);
	assert_true(jiffies == began + at);
}

static void assert_calls(unsigned int n)
{
	if (ncalls != n)
		fail_msg("%u calls instead of %u; the last: %d at %lu", ncalls, n,
			 ncalls ? (int)calls[ncalls - 1].call : -1,
			 ncalls ? calls[ncalls - 1].at : 0);
}

static void assert_call(unsigned int n, enum call call, unsigned long at)
{
	assert_true(n < ncalls);
	if (calls[n].call != call || calls[n].at != at)
		fail_msg("call %u is %d at %lu instead of %d at %lu", n, calls[n].call,
			 calls[n].at, call, at);
}

static bool armed(enum wg_timer which)
{
	return timers.deadline[which];
}

/* As an event of the table does. */
static void cancel(enum wg_timer which)
{
	timers.deadline[which] = 0;
}

/* The kernel's timer is armed for the earliest deadline, or earlier. */
static void assert_earliest_is_watched(void)
{
	unsigned int i;

	for (i = 0; i < WG_TIMERS; i++) {
		if (!timers.deadline[i])
			continue;
		assert_true(timers.timer.pending);
		assert_false(time_before(timers.deadline[i], timers.timer.expires));
	}
}

/* ---- the table */

/*
 * For each event (paper, section 6), a letter for each timer, in the order of
 * enum wg_timer: what happens to it if it is not armed, and if it is.
 *	.  stays unarmed	=  is unchanged
 *	+  is armed		>  starts again		0  is cancelled
 */
static const struct row {
	unsigned int event;
	const char *unarmed, *armed;
} rows[] = {
	/* The clock for "no answer" starts with the first packet without one. */
	{ SENT_DATA,		"..+..", "=====" },
	/* Anything sent shows that this side is alive. */
	{ WG_EVENT_SENT_AUTHENTICATED,	"....+", "=0==>" },
	/* 10 s from the first packet received after which nothing was sent. */
	{ WG_EVENT_GOT_DATA,		".+...", "=====" },
	/* Anything received shows that the peer is alive. */
	{ WG_EVENT_GOT_AUTHENTICATED,	"....+", "==0=>" },
	/* Also for an attempt that could not send: the persistent timer continues. */
	{ WG_EVENT_SENT_INITIATION,	"+...+", ">====" },
	{ WG_EVENT_HANDSHAKE_DONE,	".....", "0====" },
	/* Keys live three times Reject-After-Time from the last handshake. */
	{ WG_EVENT_NEW_SESSION,		"...+.", "===>=" },
};

static const unsigned long intervals[WG_TIMERS] = {
	[WG_TIMER_RETRANSMIT] = 5 * HZ,
	[WG_TIMER_KEEPALIVE] = 10 * HZ,
	[WG_TIMER_NEW_HANDSHAKE] = 15 * HZ,
	[WG_TIMER_FORGET_KEYS] = 540 * HZ,
	[WG_TIMER_PERSISTENT] = 25 * HZ,
};

static void one_cell(const struct row *row, unsigned int mask, unsigned long start)
{
	unsigned long before[WG_TIMERS], fresh, expected;
	unsigned int i;
	char what;

	begin(start);
	wg_timers_set_persistent(&timers, 25);
	for (i = 0; i < WG_TIMERS; i++) {
		before[i] = mask & 1U << i ? start + 3 * HZ + i ?: 1 : 0;
		timers.deadline[i] = before[i];
	}
	note(row->event);
	for (i = 0; i < WG_TIMERS; i++) {
		what = (before[i] ? row->armed : row->unarmed)[i];
		/* 0 means "not armed", so the deadline is one later. */
		fresh = start + intervals[i] ?: 1;
		expected = what == '=' ? before[i] : what == '+' || what == '>' ? fresh : 0;
		if (timers.deadline[i] != expected)
			fail_msg("event %u, armed %#x, timer %u: deadline %#lx, not %#lx ('%c')",
				 row->event, mask, i, timers.deadline[i], expected, what);
	}
	end();
}

static void every_event_and_every_timer(void **state)
{
	bool covered[ALL_EVENTS] = {};
	unsigned int mask;
	size_t i, s;

	(void)state;
	assert_int_equal(ARRAY_SIZE(rows), ALL_EVENTS);
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		covered[rows[i].event] = true;
		for (mask = 0; mask < 1 << WG_TIMERS; mask++)
			for (s = 0; s < ARRAY_SIZE(starts); s++)
				one_cell(&rows[i], mask, starts[s]);
	}
	for (i = 0; i < ALL_EVENTS; i++)
		assert_true(covered[i]);
}

/* ---- single timers */

/* A retransmission that is due can be moved forward, and counts like any other. */
static void retransmission_in_time(void **state)
{
	size_t s;

	(void)state;
	for (s = 0; s < ARRAY_SIZE(starts); s++) {
		begin(starts[s]);
		note(WG_EVENT_SENT_INITIATION);
		assert_true(armed(WG_TIMER_RETRANSMIT));
		run_to(1);
		wg_timers_retransmit_in(&timers, 6);
		assert_earliest_is_watched();
		run_to(6);
		assert_calls(0);
		run_to(7);
		assert_calls(1);
		assert_call(0, RETRANSMIT, 7);
		assert_int_equal(calls[0].attempts, 1);
		/* The next one has the usual distance. */
		run_to(6 + 5 * HZ);
		assert_calls(1);
		run_to(7 + 5 * HZ);
		assert_call(1, RETRANSMIT, 7 + 5 * HZ);
		note(WG_EVENT_HANDSHAKE_DONE);
		assert_false(armed(WG_TIMER_RETRANSMIT));
		wg_timers_disable(&timers);
		wg_timers_retransmit_in(&timers, 6);
		assert_false(armed(WG_TIMER_RETRANSMIT));
		end();
	}
}

#define for_each_start(s) \
	for ((s) = 0; (s) < ARRAY_SIZE(starts) && (begin(starts[s]), true); end(), (s)++)

static void intervals_to_the_jiffy(void **state)
{
	static const struct {
		unsigned int event;
		enum call call;
		unsigned long seconds;
		bool jitters;
	} cases[] = {
		{ WG_EVENT_SENT_INITIATION, RETRANSMIT, 5, true },
		{ WG_EVENT_GOT_DATA, KEEPALIVE, 10, false },
		{ SENT_DATA, NEW_HANDSHAKE, 15, true },
		{ WG_EVENT_NEW_SESSION, FORGET_KEYS, 540, false },
	};
	static const u32 jitters[] = { NO_JITTER, 1, 100, MAX_JITTER };
	unsigned long at;
	size_t s, i, j;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		for (j = 0; j < ARRAY_SIZE(jitters); j++) {
			for_each_start(s) {
				can_send_data = can_initiate = false;
				jitter(jitters[j]);
				note(cases[i].event);
				at = cases[i].seconds * HZ;
				if (cases[i].jitters)
					at += msecs_to_jiffies(jitters[j]);
				/* A deadline of 0 becomes one later. */
				at += !(began + at);
				run_to(at - 1);
				assert_calls(0);
				run_to(at);
				assert_calls(1);
				assert_call(0, cases[i].call, at);
				/* It fires once. */
				run_to(at + 539 * HZ);
				assert_calls(1);
			}
		}
	}
}

/* The jitter is drawn again each time, and is below 334 ms. */
static void jitter_is_bounded(void **state)
{
	unsigned long least = -1UL, most = 0, interval;
	unsigned int i;

	(void)state;
	begin(1000);
	for (i = 0; i < 20000; i++) {
		shim_draws_left = 0;
		wg_timers_event(&timers, WG_EVENT_SENT_INITIATION);
		interval = timers.deadline[WG_TIMER_RETRANSMIT] - jiffies;
		least = min(least, interval);
		most = max(most, interval);
	}
	assert_true(least == 5 * HZ);
	assert_true(most == 5 * HZ + msecs_to_jiffies(333));
	end();
}

static void twenty_attempts(void **state)
{
	unsigned int i;
	size_t s;

	(void)state;
	for_each_start(s) {
		/* The first initiation, and 19 that follow: 20 in all, the last after 95 s. */
		note(WG_EVENT_SENT_INITIATION);
		run_to(99 * HZ);
		/* A keepalive is due for it, unless the attempts end. */
		note(WG_EVENT_GOT_DATA);
		/* A wrap at a deadline may delay the rest by one jiffy. */
		run_to(100 * HZ + 1);
		assert_calls(20);
		for (i = 0; i < 19; i++) {
			assert_int_equal(calls[i].call, RETRANSMIT);
			assert_int_equal(calls[i].attempts, i + 1);
			assert_true(calls[i].at - (i + 1) * 5 * HZ <= 1);
		}
		assert_int_equal(calls[19].call, GIVE_UP);
		assert_true(calls[19].at - 100 * HZ <= 1);
		assert_false(armed(WG_TIMER_KEEPALIVE));
		assert_false(armed(WG_TIMER_RETRANSMIT));
		/* Unfinished handshakes are forgotten like keys. */
		assert_true(timers.deadline[WG_TIMER_FORGET_KEYS] - jiffies <= 540 * HZ);
		run_to(100 * HZ + 540 * HZ + 1);
		assert_calls(21);
		assert_int_equal(calls[20].call, FORGET_KEYS);
		run_to(2000 * HZ);
		assert_calls(21);
	}
}

static void giving_up_does_not_lengthen_the_life_of_keys(void **state)
{
	unsigned long deadline;
	size_t s;

	(void)state;
	for_each_start(s) {
		note(WG_EVENT_NEW_SESSION);
		deadline = timers.deadline[WG_TIMER_FORGET_KEYS];
		run_to(100 * HZ);
		note(WG_EVENT_SENT_INITIATION);
		run_to(210 * HZ);
		assert_int_equal(calls[ncalls - 1].call, GIVE_UP);
		assert_true(timers.deadline[WG_TIMER_FORGET_KEYS] == deadline);
		run_to(541 * HZ);
		assert_int_equal(calls[ncalls - 1].call, FORGET_KEYS);
		assert_true(calls[ncalls - 1].at - 540 * HZ <= 1);
	}
}

static void a_handshake_resets_the_attempts(void **state)
{
	unsigned int i;
	size_t s;

	(void)state;
	for_each_start(s) {
		note(WG_EVENT_SENT_INITIATION);
		run_to(96 * HZ);
		assert_calls(19);
		assert_int_equal(timers.attempts, 19);
		note(WG_EVENT_HANDSHAKE_DONE);
		assert_int_equal(timers.attempts, 0);
		run_to(110 * HZ);
		assert_calls(19);
		note(WG_EVENT_SENT_INITIATION);
		run_to(209 * HZ);
		for (i = 0; i < ncalls; i++)
			assert_int_equal(calls[i].call, RETRANSMIT);
		assert_calls(38);
		run_to(211 * HZ);
		assert_calls(39);
		assert_int_equal(calls[38].call, GIVE_UP);
	}
}

/* An initiation that cannot be sent arms nothing: the attempts end. */
static void a_failed_retransmission_ends_the_attempts(void **state)
{
	size_t s;

	(void)state;
	for_each_start(s) {
		note(WG_EVENT_SENT_INITIATION);
		can_initiate = false;
		run_to(300 * HZ);
		assert_calls(1);
	}
}

/* A keepalive answers all data before it: one for a packet, one for a burst. */
static void one_keepalive_for_a_burst(void **state)
{
	size_t s;

	(void)state;
	for_each_start(s) {
		note(WG_EVENT_GOT_DATA);
		run_to(100 * HZ);
		assert_calls(1);
		/* More packets before the first keepalive. */
		note(WG_EVENT_GOT_DATA);
		run_to(103 * HZ);
		note(WG_EVENT_GOT_DATA);
		note(WG_EVENT_GOT_DATA);
		run_to(110 * HZ + 1);
		assert_calls(2);
		assert_int_equal(calls[1].call, KEEPALIVE);
		run_to(200 * HZ);
		assert_calls(2);
		/* A message that is sent answers all data before it. */
		note(WG_EVENT_GOT_DATA);
		note(WG_EVENT_GOT_DATA);
		note(WG_EVENT_SENT_AUTHENTICATED);
		run_to(230 * HZ);
		assert_calls(2);
		note(WG_EVENT_GOT_DATA);
		run_to(300 * HZ);
		assert_calls(3);
		assert_true(calls[2].at - 240 * HZ <= 1);
	}
}

/* Without a session no keepalive is sent. Later data arms the timer again. */
static void a_keepalive_that_cannot_be_sent(void **state)
{
	size_t s;

	(void)state;
	for_each_start(s) {
		can_send_data = false;
		note(WG_EVENT_GOT_DATA);
		run_to(5 * HZ);
		note(WG_EVENT_GOT_DATA);
		run_to(11 * HZ);
		assert_calls(1);
		note(WG_EVENT_GOT_DATA);
		run_to(21 * HZ);
		assert_calls(2);
		run_to(100 * HZ);
		assert_calls(2);
	}
}

/* The order in which the transmit path notes a message if another CPU handles the answer at
 * once. */
static void sent_is_noted_before_the_answer(void **state)
{
	size_t s;

	(void)state;
	for_each_start(s) {
		note(WG_EVENT_SENT_AUTHENTICATED);
		note(SENT_DATA);
		note(WG_EVENT_GOT_AUTHENTICATED);
		note(WG_EVENT_GOT_DATA);
		/* The answer is data and requires a keepalive. Nothing else happens. */
		run_to(100 * HZ);
		assert_calls(1);
		assert_int_equal(calls[0].call, KEEPALIVE);
		assert_true(calls[0].at - 10 * HZ <= 1);

		note(WG_EVENT_SENT_AUTHENTICATED);
		note(WG_EVENT_SENT_INITIATION);
		note(WG_EVENT_GOT_AUTHENTICATED);
		note(WG_EVENT_HANDSHAKE_DONE);
		run_to(200 * HZ);
		assert_calls(1);
	}
}

static void data_that_was_not_sent(void **state)
{
	unsigned long first, second;
	size_t s;

	(void)state;
	for_each_start(s) {
		/* Nothing left this host, so the peer's silence has no meaning. */
		first = note_data();
		assert_true(first);
		wg_timers_take_back(&timers, WG_TIMER_NEW_HANDSHAKE, first);
		assert_false(armed(WG_TIMER_NEW_HANDSHAKE));
		run_to(100 * HZ);
		assert_calls(0);

		/* An earlier packet did leave: its time continues. */
		note(SENT_DATA);
		run_to(105 * HZ);
		second = note_data();
		assert_false(second);
		wg_timers_take_back(&timers, WG_TIMER_NEW_HANDSHAKE, second);
		run_to(115 * HZ + 1);
		assert_calls(1);
		assert_int_equal(calls[0].call, NEW_HANDSHAKE);

		/* Another packet left while the first one failed: its deadline stays. */
		run_to(200 * HZ);
		first = note_data();
		note(WG_EVENT_GOT_AUTHENTICATED);
		run_to(201 * HZ);
		second = note_data();
		assert_true(second && second != first);
		wg_timers_take_back(&timers, WG_TIMER_NEW_HANDSHAKE, first);
		run_to(216 * HZ + 1);
		assert_calls(2);
		assert_int_equal(calls[1].call, NEW_HANDSHAKE);

		/* The timers are not running. */
		wg_timers_disable(&timers);
		assert_false(note_data());
		assert_false(armed(WG_TIMER_NEW_HANDSHAKE));
		wg_timers_start(&timers);
	}
}

static void answers_keep_the_peace(void **state)
{
	unsigned long i;
	size_t s;

	(void)state;
	for_each_start(s) {
		/* Traffic both ways for a long time: no timer expires. */
		for (i = 1; i < 200; i++) {
			note(SENT_DATA);
			note(WG_EVENT_SENT_AUTHENTICATED);
			run_to(2 * i * HZ - HZ);
			note(WG_EVENT_GOT_AUTHENTICATED);
			note(WG_EVENT_GOT_DATA);
			run_to(2 * i * HZ);
		}
		assert_calls(0);
		/* Only sending: 15 s from the first unanswered packet, whatever follows it. */
		note(WG_EVENT_SENT_AUTHENTICATED);
		run_to(400 * HZ);
		for (i = 0; i < 14; i++) {
			note(SENT_DATA);
			note(WG_EVENT_SENT_AUTHENTICATED);
			run_to((401 + i) * HZ);
		}
		assert_calls(0);
		run_to(415 * HZ + 1);
		assert_calls(1);
		assert_int_equal(calls[0].call, NEW_HANDSHAKE);
		assert_true(calls[0].at - 415 * HZ <= 1);
	}
}

static void persistent_keepalive(void **state)
{
	unsigned long i;
	size_t s;

	(void)state;
	for_each_start(s) {
		/* It is off: no event arms it. */
		note(WG_EVENT_SENT_AUTHENTICATED);
		note(WG_EVENT_GOT_AUTHENTICATED);
		assert_false(armed(WG_TIMER_PERSISTENT));
		assert_null(shim_timers);

		/* It starts with the next packet. */
		wg_timers_set_persistent(&timers, 25);
		assert_false(armed(WG_TIMER_PERSISTENT));
		note(WG_EVENT_SENT_AUTHENTICATED);
		for (i = 1; i <= 4; i++) {
			run_to(25 * i * HZ + 1);
			assert_calls(i);
			assert_int_equal(calls[i - 1].call, KEEPALIVE);
			assert_true(calls[i - 1].at - 25 * i * HZ <= 1);
		}
		/* Silence counts from the last packet in either direction. */
		run_to(110 * HZ);
		note(WG_EVENT_GOT_AUTHENTICATED);
		run_to(134 * HZ);
		assert_calls(4);
		note(WG_EVENT_SENT_AUTHENTICATED);
		run_to(158 * HZ);
		assert_calls(4);
		run_to(160 * HZ);
		assert_calls(5);

		/* Nothing can be sent without a session. The timer tries again anyway. */
		can_send_data = false;
		run_to(160 * HZ + 250 * HZ);
		assert_calls(15);

		/* A new interval counts from the next packet. An interval of 0 ends it at once. */
		wg_timers_set_persistent(&timers, 5);
		note(WG_EVENT_SENT_AUTHENTICATED);
		run_to(415 * HZ + 1);
		assert_calls(16);
		wg_timers_set_persistent(&timers, 0);
		assert_false(armed(WG_TIMER_PERSISTENT));
		run_to(1000 * HZ);
		assert_calls(16);
	}
	/* The longest interval. */
	begin(1);
	wg_timers_set_persistent(&timers, 65535);
	note(WG_EVENT_GOT_AUTHENTICATED);
	run_to(65535UL * HZ - 1);
	assert_calls(0);
	run_to(65535UL * HZ);
	assert_calls(1);
	end();
}

static void cancelling(void **state)
{
	static const unsigned int arms[WG_TIMERS] = {
		[WG_TIMER_RETRANSMIT] = WG_EVENT_SENT_INITIATION,
		[WG_TIMER_KEEPALIVE] = WG_EVENT_GOT_DATA,
		[WG_TIMER_NEW_HANDSHAKE] = SENT_DATA,
		[WG_TIMER_FORGET_KEYS] = WG_EVENT_NEW_SESSION,
		[WG_TIMER_PERSISTENT] = WG_EVENT_GOT_AUTHENTICATED,
	};
	unsigned int i;
	size_t s;

	(void)state;
	for (i = 0; i < WG_TIMERS; i++) {
		for_each_start(s) {
			wg_timers_set_persistent(&timers, i == WG_TIMER_PERSISTENT ? 30 : 0);
			cancel(i);
			assert_false(armed(i));
			note(arms[i]);
			assert_true(armed(i));
			cancel(i);
			assert_false(armed(i));
			/* The kernel's timer may fire once without an expired deadline. */
			run_to(1000 * HZ);
			assert_calls(0);
			assert_null(shim_timers);
		}
	}
}

/* ---- the one kernel timer */

static void earliest_deadline_first(void **state)
{
	size_t s;

	(void)state;
	for_each_start(s) {
		can_send_data = can_initiate = false;
		wg_timers_set_persistent(&timers, 3);
		note(WG_EVENT_NEW_SESSION);
		assert_earliest_is_watched();
		note(SENT_DATA);
		assert_earliest_is_watched();
		note(WG_EVENT_GOT_DATA);
		assert_earliest_is_watched();
		note(WG_EVENT_SENT_INITIATION);
		assert_earliest_is_watched();
		cancel(WG_TIMER_PERSISTENT);
		run_to(5 * HZ + 1);
		assert_calls(1);
		assert_int_equal(calls[0].call, RETRANSMIT);
		assert_earliest_is_watched();
		run_to(10 * HZ + 1);
		assert_calls(2);
		assert_int_equal(calls[1].call, KEEPALIVE);
		assert_earliest_is_watched();
		run_to(15 * HZ + 1);
		assert_calls(3);
		assert_int_equal(calls[2].call, NEW_HANDSHAKE);
		assert_earliest_is_watched();
		run_to(540 * HZ + 1);
		assert_calls(4);
		assert_int_equal(calls[3].call, FORGET_KEYS);
		assert_null(shim_timers);
	}
}

/* An event moves a deadline back: one firing without effect, not one for each event. */
static void events_are_cheap(void **state)
{
	unsigned long i;
	size_t s;

	(void)state;
	for_each_start(s) {
		wg_timers_set_persistent(&timers, 10);
		shim_timers_fired = 0;
		for (i = 1; i <= 1000; i++) {
			note(WG_EVENT_SENT_AUTHENTICATED);
			run_to(i * HZ / 10);
		}
		assert_calls(0);
		assert_true(shim_timers_fired <= 11);
	}
}

/* The wheel fires late. No deadline is lost, and those that are due together expire together. */
static void late_firing(void **state)
{
	static const unsigned long late[] = { 1, 7, HZ, 3 * HZ, 20 * HZ };
	size_t s, i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(late); i++) {
		for_each_start(s) {
			can_send_data = can_initiate = false;
			note(WG_EVENT_SENT_INITIATION);
			note(WG_EVENT_GOT_DATA);
			note(SENT_DATA);
			shim_timer_late = late[i];
			run_to(15 * HZ + 2 * late[i] + 1);
			assert_calls(3);
			assert_int_equal(calls[0].call, RETRANSMIT);
			assert_int_equal(calls[1].call, KEEPALIVE);
			assert_int_equal(calls[2].call, NEW_HANDSHAKE);
			assert_true(calls[0].at - 5 * HZ <= late[i] + 1);
			assert_true(calls[1].at - 10 * HZ <= late[i] + 1);
			assert_true(calls[2].at - 15 * HZ <= late[i] + 1);
		}
	}
}

/* ---- not running */

static void disabled_timers_do_nothing(void **state)
{
	unsigned int event;
	size_t s;

	(void)state;
	for_each_start(s) {
		/* Before wg_timers_start(). */
		wg_timers_init(&timers, &ops);
		wg_timers_set_persistent(&timers, 25);
		for (event = 0; event < ALL_EVENTS; event++)
			note(event);
		assert_null(memchr_inv(timers.deadline, 0, sizeof(timers.deadline)));
		assert_null(shim_timers);

		/* Between the two halves of stopping: a timer that is armed has no effect. */
		wg_timers_start(&timers);
		note(WG_EVENT_GOT_DATA);
		note(WG_EVENT_GOT_DATA);
		note(WG_EVENT_SENT_INITIATION);
		run_to(6 * HZ);
		assert_calls(1);
		wg_timers_disable(&timers);
		for (event = 0; event < ALL_EVENTS; event++)
			note(event);
		run_to(1000 * HZ);
		assert_calls(1);
		assert_null(shim_timers);

		/* After both halves and a new start, everything is as at first. */
		wg_timers_stop(&timers);
		assert_null(memchr_inv(timers.deadline, 0, sizeof(timers.deadline)));
		assert_int_equal(timers.attempts, 0);
		assert_int_equal(timers.persistent_interval, 25);
		wg_timers_start(&timers);
		run_to(2000 * HZ);
		assert_calls(1);
		note(WG_EVENT_GOT_DATA);
		run_to(2011 * HZ);
		assert_calls(2);
		assert_int_equal(calls[1].call, KEEPALIVE);
	}
}

/* The first of several timers that are due together ends all of them. */
static void disabled_while_firing(void **state)
{
	size_t s;

	(void)state;
	for_each_start(s) {
		wg_timers_set_persistent(&timers, 5);
		note(WG_EVENT_GOT_AUTHENTICATED);
		note(WG_EVENT_SENT_INITIATION);
		note(WG_EVENT_GOT_DATA);
		note(SENT_DATA);
		note(WG_EVENT_NEW_SESSION);
		disable_on_call = true;
		shim_timer_late = 600 * HZ;
		run_to(2000 * HZ);
		assert_calls(1);
		assert_null(shim_timers);
	}
}

static void stopping_takes_the_timer_away(void **state)
{
	size_t s;

	(void)state;
	for_each_start(s) {
		note(WG_EVENT_SENT_INITIATION);
		assert_non_null(shim_timers);
		wg_timers_disable(&timers);
		wg_timers_stop(&timers);
		assert_null(shim_timers);
	}
}

/* ---- long runs against a model */

/* Five separate timers with their latest deadlines. Times count from the beginning. */
static struct {
	bool on[WG_TIMERS];
	unsigned long due[WG_TIMERS];
	unsigned int attempts, interval;
} model;

static struct {
	enum call call;
	unsigned long at;
} expected[ARRAY_SIZE(calls)];
static unsigned int nexpected;
static unsigned long now;

static void model_start(enum wg_timer which, unsigned long seconds)
{
	if (!seconds)
		return;
	model.on[which] = true;
	model.due[which] = now + seconds * HZ;
}

static void model_event(unsigned int event)
{
	switch (event) {
	case SENT_DATA:
		if (!model.on[WG_TIMER_NEW_HANDSHAKE])
			model_start(WG_TIMER_NEW_HANDSHAKE, 15);
		break;
	case WG_EVENT_SENT_AUTHENTICATED:
		model.on[WG_TIMER_KEEPALIVE] = false;
		model_start(WG_TIMER_PERSISTENT, model.interval);
		break;
	case WG_EVENT_GOT_DATA:
		if (!model.on[WG_TIMER_KEEPALIVE])
			model_start(WG_TIMER_KEEPALIVE, 10);
		break;
	case WG_EVENT_GOT_AUTHENTICATED:
		model.on[WG_TIMER_NEW_HANDSHAKE] = false;
		model_start(WG_TIMER_PERSISTENT, model.interval);
		break;
	case WG_EVENT_SENT_INITIATION:
		model_start(WG_TIMER_RETRANSMIT, 5);
		if (!model.on[WG_TIMER_PERSISTENT])
			model_start(WG_TIMER_PERSISTENT, model.interval);
		break;
	case WG_EVENT_HANDSHAKE_DONE:
		model.on[WG_TIMER_RETRANSMIT] = false;
		model.attempts = 0;
		break;
	case WG_EVENT_NEW_SESSION:
		model_start(WG_TIMER_FORGET_KEYS, 540);
		break;
	default:
		fail();
	}
}

static void model_call(enum call call)
{
	expected[nexpected].call = call;
	expected[nexpected++].at = now;
}

static void model_keepalive(void)
{
	model_call(KEEPALIVE);
	if (can_send_data)
		model_event(WG_EVENT_SENT_AUTHENTICATED);
}

static void model_expire(enum wg_timer which)
{
	model.on[which] = false;
	switch (which) {
	case WG_TIMER_RETRANSMIT:
		if (++model.attempts == 20) {
			/* Only a new request for a session, or a handshake, counts from the
			 * start. */
			model.attempts = 19;
			model.on[WG_TIMER_KEEPALIVE] = false;
			model_call(GIVE_UP);
			if (!model.on[WG_TIMER_FORGET_KEYS])
				model_start(WG_TIMER_FORGET_KEYS, 540);
			break;
		}
		model_call(RETRANSMIT);
		if (can_initiate) {
			model_event(WG_EVENT_SENT_AUTHENTICATED);
			model_event(WG_EVENT_SENT_INITIATION);
		}
		break;
	case WG_TIMER_KEEPALIVE:
		model_keepalive();
		break;
	case WG_TIMER_NEW_HANDSHAKE:
		model_call(NEW_HANDSHAKE);
		break;
	case WG_TIMER_FORGET_KEYS:
		model_call(FORGET_KEYS);
		break;
	case WG_TIMER_PERSISTENT:
		model_start(WG_TIMER_PERSISTENT, model.interval);
		model_keepalive();
		break;
	default:
		fail();
	}
}

static void model_run_to(unsigned long at)
{
	unsigned int i;

	for (; now < at;) {
		now++;
		for (i = 0; i < WG_TIMERS; i++)
			if (model.on[i] && model.due[i] <= now)
				model_expire(i);
	}
}

static void random_run(unsigned long start, unsigned int steps)
{
	static const unsigned int waits[] = {
		0, 0, 1, 50, HZ, 4 * HZ, 12 * HZ, 100 * HZ, 600 * HZ,
	};
	unsigned int i, n, k, draw;
	unsigned long at = 0;

	begin(start);
	memset(&model, 0, sizeof(model));
	nexpected = 0;
	now = 0;
	for (i = 0; i < steps; i++) {
		shim_draws_left = 0;
		draw = get_random_u32();
		n = draw % ARRAY_SIZE(waits);
		/* Long silences are rare. */
		if (n >= 7 && draw >> 16 & 15)
			n = 2;
		at += waits[n] ? (draw >> 8) % waits[n] : 0;
		run_to(at);
		model_run_to(at);
		if (draw >> 28 < 14) {
			k = (draw >> 4) % ALL_EVENTS;
			note(k);
			model_event(k);
		} else if (draw >> 28 == 14) {
			k = (draw >> 4) % WG_TIMERS;
			cancel(k);
			model.on[k] = false;
		} else {
			can_send_data = draw & 16;
			can_initiate = draw & 32;
			model.interval = draw & 64 ? (draw >> 7) % 30 : 0;
			wg_timers_set_persistent(&timers, model.interval);
			if (!model.interval)
				model.on[WG_TIMER_PERSISTENT] = false;
			if (draw & 0x8000) {
				timers.attempts = 0;
				model.attempts = 0;
			}
		}
		assert_earliest_is_watched();
		if (ncalls != nexpected)
			fail_msg("start %#lx step %u at %lu: %u calls, not %u; the last %d, not %d",
				 start, i, at, ncalls, nexpected,
				 ncalls ? (int)calls[ncalls - 1].call : -1,
				 nexpected ? (int)expected[nexpected - 1].call : -1);
		for (k = 0; k < ncalls; k++)
			if (calls[k].call != expected[k].call || calls[k].at != expected[k].at)
				fail_msg("start %#lx step %u: %d at %lu, not %d at %lu", start, i,
					 calls[k].call, calls[k].at, expected[k].call,
					 expected[k].at);
		ncalls = nexpected = 0;
		for (k = 0; k < WG_TIMERS; k++)
			assert_int_equal(armed(k), model.on[k]);
	}
	end();
}

static void random_runs(void **state)
{
	(void)state;
	random_run(1, 30000);
	/* Wraps, by number and by sign. No deadline is 0 here, since that one would come one
	 * later. */
	random_run(-1000003UL, 10000);
	random_run((-1UL >> 1) - 1000003UL, 10000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_event_and_every_timer),
		cmocka_unit_test(retransmission_in_time),
		cmocka_unit_test(intervals_to_the_jiffy),
		cmocka_unit_test(jitter_is_bounded),
		cmocka_unit_test(twenty_attempts),
		cmocka_unit_test(giving_up_does_not_lengthen_the_life_of_keys),
		cmocka_unit_test(a_handshake_resets_the_attempts),
		cmocka_unit_test(a_failed_retransmission_ends_the_attempts),
		cmocka_unit_test(one_keepalive_for_a_burst),
		cmocka_unit_test(a_keepalive_that_cannot_be_sent),
		cmocka_unit_test(sent_is_noted_before_the_answer),
		cmocka_unit_test(data_that_was_not_sent),
		cmocka_unit_test(answers_keep_the_peace),
		cmocka_unit_test(persistent_keepalive),
		cmocka_unit_test(cancelling),
		cmocka_unit_test(earliest_deadline_first),
		cmocka_unit_test(events_are_cheap),
		cmocka_unit_test(late_firing),
		cmocka_unit_test(disabled_timers_do_nothing),
		cmocka_unit_test(disabled_while_firing),
		cmocka_unit_test(stopping_takes_the_timer_away),
		cmocka_unit_test(random_runs),
	};

	return cmocka_run_group_tests_name("timers", tests, NULL, NULL);
}
