// SPDX-License-Identifier: GPL-2.0
/*
 * mac1, mac2 and cookies: byte for byte against noise_reference.py, with every
 * byte forged, at both ends of their lifetimes, and between a checker and a jar.
 */
#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <linux/kernel.h>
#include <linux/random.h>
#include <linux/string.h>
#include <cmocka.h>

#include "cookie.h"
#include "noise_vectors.h"
#include "wg_limits.h"

#define SEC WG_SEC_NS
#define START (1000 * SEC)
#define MAC1 offsetof(struct wg_msg_initiation, macs.mac1)
#define MAC2 offsetof(struct wg_msg_initiation, macs.mac2)

static struct wg_cookie_checker checker;
static struct wg_cookie_jar jar;
static struct wg_cookie_source source;

/* Checker of a vector's responder, jar of its initiator. */
static void objects_of(const struct noise_vector *v)
{
	shim_bytes_left = 0;
	shim_before_spin_lock = NULL;
	shim_in_read_seq = NULL;
	wg_cookie_checker_init(&checker);
	wg_cookie_checker_rekey(&checker, v->responder_public);
	wg_cookie_jar_init(&jar, v->responder_public);
	wg_cookie_source_set(&source, v->source, v->source_len, cpu_to_be16(v->port));
}

static int setup(void **state)
{
	(void)state;
	objects_of(&noise_vectors[1]);
	return 0;
}

static enum wg_mac_verdict check(const u8 *msg, u64 now)
{
	return wg_cookie_check(&checker, msg, sizeof(struct wg_msg_initiation), &source, now);
}

static struct wg_msg_cookie make_reply(const u8 *msg, u64 now)
{
	struct wg_msg_cookie reply;

	assert_true(wg_cookie_make_reply(&checker, &reply, msg, sizeof(struct wg_msg_initiation),
					 cpu_to_le32(0x12345678), &source, now));
	return reply;
}

/* A meaningless message that differs for each @n. */
static void stamp(u8 *msg, u8 n, u64 now)
{
	memset(msg, n, sizeof(struct wg_msg_initiation));
	wg_cookie_stamp(&jar, msg, sizeof(struct wg_msg_initiation), now);
}

/* One complete exchange, after which the jar has a cookie of this time. */
static void get_cookie(u64 now)
{
	u8 msg[sizeof(struct wg_msg_initiation)];
	struct wg_msg_cookie reply;

	stamp(msg, 1, now);
	reply = make_reply(msg, now);
	assert_true(wg_cookie_take_reply(&jar, &reply, now));
}

#define assert_zero(p, len) assert_null(memchr_inv(p, 0, len))

/* ---- against the reference */

static void mac1_of_both_messages(void **state)
{
	struct wg_msg_initiation initiation;
	struct wg_msg_response response;
	struct wg_cookie_jar to_initiator;
	struct wg_cookie_checker of_initiator;
	size_t n;

	(void)state;
	for (n = 0; n < ARRAY_SIZE(noise_vectors); n++) {
		const struct noise_vector *v = &noise_vectors[n];

		objects_of(v);
		memcpy(&initiation, v->initiation, sizeof(initiation));
		memset(&initiation.macs, 0x5a, sizeof(initiation.macs));
		wg_cookie_stamp(&jar, &initiation, sizeof(initiation), START);
		assert_memory_equal(&initiation, v->initiation, sizeof(initiation));
		assert_int_equal(check(v->initiation, START), WG_MAC_RIGHT);

		wg_cookie_jar_init(&to_initiator, v->initiator_public);
		memcpy(&response, v->response, sizeof(response));
		memset(&response.macs, 0x5a, sizeof(response.macs));
		wg_cookie_stamp(&to_initiator, &response, sizeof(response), START);
		assert_memory_equal(&response, v->response, sizeof(response));
		wg_cookie_checker_init(&of_initiator);
		wg_cookie_checker_rekey(&of_initiator, v->initiator_public);
		assert_int_equal(wg_cookie_check(&of_initiator, v->response, sizeof(response),
						 &source, START), WG_MAC_RIGHT);
		/* mac1 uses the receiver's key. */
		assert_int_equal(wg_cookie_check(&checker, v->response, sizeof(response),
						 &source, START), WG_MAC_WRONG);
	}
}

static void reply_and_mac2(void **state)
{
	u8 draws[32 + 24], msg[sizeof(struct wg_msg_initiation)];
	struct wg_msg_cookie reply;
	size_t n;

	(void)state;
	for (n = 0; n < ARRAY_SIZE(noise_vectors); n++) {
		const struct noise_vector *v = &noise_vectors[n];

		objects_of(v);
		memcpy(draws, v->cookie_secret, 32);
		memcpy(draws + 32, v->nonce, 24);
		shim_bytes = draws;
		shim_bytes_left = sizeof(draws);
		assert_true(wg_cookie_make_reply(&checker, &reply, v->initiation,
						 sizeof(v->initiation),
						 cpu_to_le32(v->initiator_index), &source, START));
		assert_int_equal(shim_bytes_left, 0);
		assert_memory_equal(&reply, v->reply, sizeof(reply));
		assert_int_equal(check(v->with_cookie, START), WG_MAC_WITH_COOKIE);

		memcpy(msg, v->initiation, sizeof(msg));
		wg_cookie_stamp(&jar, msg, sizeof(msg), START);
		assert_true(wg_cookie_take_reply(&jar, (const void *)v->reply, START));
		assert_memory_equal(jar.cookie, v->cookie, 16);
		wg_cookie_stamp(&jar, msg, sizeof(msg), START);
		assert_memory_equal(msg, v->with_cookie, sizeof(msg));
	}
}

static void sources(void **state)
{
	static const u8 address[16] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 };
	struct wg_cookie_source s;

	(void)state;
	wg_cookie_source_set(&s, address, 4, cpu_to_be16(0xabcd));
	assert_int_equal(s.len, 6);
	assert_memory_equal(s.bytes, address, 4);
	assert_memory_equal(s.bytes + 4, "\xab\xcd", 2);
	wg_cookie_source_set(&s, address, 16, cpu_to_be16(0xabcd));
	assert_int_equal(s.len, 18);
	assert_memory_equal(s.bytes, address, 16);
	assert_memory_equal(s.bytes + 16, "\xab\xcd", 2);
}

/* ---- forgeries */

static void every_bit_under_mac1(void **state)
{
	u8 msg[sizeof(struct wg_msg_initiation)];
	unsigned int bit;

	(void)state;
	stamp(msg, 7, START);
	for (bit = 0; bit < 8 * MAC2; bit++) {
		msg[bit / 8] ^= 1 << bit % 8;
		assert_int_equal(check(msg, START), WG_MAC_WRONG);
		msg[bit / 8] ^= 1 << bit % 8;
	}
	assert_int_equal(check(msg, START), WG_MAC_RIGHT);
	/* The length counts as well: a part of the message is not valid. */
	assert_int_equal(wg_cookie_check(&checker, msg + 4, sizeof(msg) - 4, &source, START),
			 WG_MAC_WRONG);
}

static void every_bit_of_mac2(void **state)
{
	u8 msg[sizeof(struct wg_msg_initiation)];
	unsigned int bit;

	(void)state;
	get_cookie(START);
	stamp(msg, 7, START);
	assert_int_equal(check(msg, START), WG_MAC_WITH_COOKIE);
	for (bit = 0; bit < 8 * sizeof(msg); bit++) {
		msg[bit / 8] ^= 1 << bit % 8;
		assert_int_equal(check(msg, START), bit < 8 * MAC2 ? WG_MAC_WRONG : WG_MAC_RIGHT);
		msg[bit / 8] ^= 1 << bit % 8;
	}
	/* mac2 of the other valid pair does not help. */
	memset(msg + MAC2, 0, WG_MAC_LEN);
	assert_int_equal(check(msg, START), WG_MAC_RIGHT);
}

static void cookie_is_of_one_source(void **state)
{
	const struct noise_vector *v = &noise_vectors[1];
	u8 msg[sizeof(struct wg_msg_initiation)], address[16];
	unsigned int bit;

	(void)state;
	get_cookie(START);
	stamp(msg, 7, START);
	for (bit = 0; bit < 8 * 16; bit++) {
		memcpy(address, v->source, 16);
		address[bit / 8] ^= 1 << bit % 8;
		wg_cookie_source_set(&source, address, 16, cpu_to_be16(v->port));
		assert_int_equal(check(msg, START), WG_MAC_RIGHT);
	}
	for (bit = 0; bit < 16; bit++) {
		wg_cookie_source_set(&source, v->source, 16, cpu_to_be16(v->port ^ 1 << bit));
		assert_int_equal(check(msg, START), WG_MAC_RIGHT);
	}
	wg_cookie_source_set(&source, v->source, 4, cpu_to_be16(v->port));
	assert_int_equal(check(msg, START), WG_MAC_RIGHT);
	wg_cookie_source_set(&source, v->source, 16, cpu_to_be16(v->port));
	assert_int_equal(check(msg, START), WG_MAC_WITH_COOKIE);
}

static void every_bit_of_a_reply(void **state)
{
	u8 msg[sizeof(struct wg_msg_initiation)];
	struct wg_msg_cookie reply, bad;
	struct wg_cookie_jar before;
	unsigned int bit;

	(void)state;
	stamp(msg, 1, START);
	reply = make_reply(msg, START);
	assert_int_equal(le32_to_cpu(reply.header.type), 3);
	assert_int_equal(le32_to_cpu(reply.receiver), 0x12345678);
	before = jar;
	/* Begin at the nonce: the caller checks type and receiver, by which it finds the jar. */
	for (bit = 8 * offsetof(struct wg_msg_cookie, nonce); bit < 8 * sizeof(reply); bit++) {
		bad = reply;
		((u8 *)&bad)[bit / 8] ^= 1 << bit % 8;
		assert_false(wg_cookie_take_reply(&jar, &bad, START));
		assert_false(jar.cookie_set);
		assert_memory_equal(jar.cookie, before.cookie, sizeof(jar.cookie));
		assert_true(jar.awaits_reply);
	}
	assert_true(wg_cookie_take_reply(&jar, &reply, START));
}

/* ---- which replies are accepted, and how often */

static void reply_to_another_message(void **state)
{
	u8 first[sizeof(struct wg_msg_initiation)], second[sizeof(first)];
	struct wg_msg_cookie to_first, to_second;
	struct wg_cookie_jar other;

	(void)state;
	stamp(first, 1, START);
	to_first = make_reply(first, START);
	stamp(second, 2, START);
	to_second = make_reply(second, START);
	assert_false(wg_cookie_take_reply(&jar, &to_first, START));
	assert_true(wg_cookie_take_reply(&jar, &to_second, START));

	/* nor does it decrypt in the jar of another peer. */
	stamp(first, 1, START);
	to_first = make_reply(first, START);
	wg_cookie_jar_init(&other, noise_vectors[2].responder_public);
	wg_cookie_stamp(&other, second, sizeof(second), START);
	memcpy(other.last_mac1, first + MAC1, WG_MAC_LEN);
	assert_false(wg_cookie_take_reply(&other, &to_first, START));
	assert_true(wg_cookie_take_reply(&jar, &to_first, START));
}

static void reply_is_taken_once(void **state)
{
	u8 msg[sizeof(struct wg_msg_initiation)];
	struct wg_msg_cookie reply, again;

	(void)state;
	memset(msg, 0, sizeof(msg));
	/* Nothing was sent at all. The zeros in last_mac1 must not help. */
	reply = make_reply(msg, START);
	assert_false(wg_cookie_take_reply(&jar, &reply, START));

	stamp(msg, 1, START);
	reply = make_reply(msg, START);
	again = make_reply(msg, START);
	assert_memory_not_equal(reply.nonce, again.nonce, sizeof(reply.nonce));
	assert_true(wg_cookie_take_reply(&jar, &reply, START));
	assert_false(wg_cookie_take_reply(&jar, &reply, START + SEC));
	assert_false(wg_cookie_take_reply(&jar, &again, START + SEC));
	/* Its age counts from the first reply. */
	assert_true(jar.cookie_born_ns == START);

	stamp(msg, 1, START);
	reply = make_reply(msg, START);
	assert_true(wg_cookie_take_reply(&jar, &reply, START));
}

/* ---- lifetimes */

static void jar_forgets_at_115_seconds(void **state)
{
	u8 msg[sizeof(struct wg_msg_initiation)];

	(void)state;
	stamp(msg, 1, START);
	assert_zero(msg + MAC2, WG_MAC_LEN);
	get_cookie(START);
	stamp(msg, 2, START);
	assert_non_null(memchr_inv(msg + MAC2, 0, WG_MAC_LEN));
	stamp(msg, 3, START + 115 * SEC - 1);
	assert_int_equal(check(msg, START + 115 * SEC - 1), WG_MAC_WITH_COOKIE);
	stamp(msg, 4, START + 115 * SEC);
	assert_zero(msg + MAC2, WG_MAC_LEN);
	assert_int_equal(check(msg, START + 115 * SEC), WG_MAC_RIGHT);

	/* The age of a new cookie starts again. */
	get_cookie(START + 116 * SEC);
	stamp(msg, 5, START + 231 * SEC - 1);
	assert_non_null(memchr_inv(msg + MAC2, 0, WG_MAC_LEN));
	stamp(msg, 6, START + 231 * SEC);
	assert_zero(msg + MAC2, WG_MAC_LEN);
}

static void secret_turns_over_at_120_seconds(void **state)
{
	u8 msg[sizeof(struct wg_msg_initiation)], first[32];

	(void)state;
	assert_false(checker.secret_set);
	get_cookie(START);
	memcpy(first, checker.secret, 32);
	stamp(msg, 2, START);
	assert_int_equal(check(msg, START + 120 * SEC - 1), WG_MAC_WITH_COOKIE);
	/* Checking a message renews nothing, however late. */
	assert_int_equal(check(msg, START + 120 * SEC), WG_MAC_RIGHT);
	assert_int_equal(check(msg, START + 900 * SEC), WG_MAC_RIGHT);
	assert_memory_equal(checker.secret, first, 32);

	/* A reply renews it, but not one nanosecond early. */
	make_reply(msg, START + 120 * SEC - 1);
	assert_memory_equal(checker.secret, first, 32);
	assert_true(checker.secret_born_ns == START);
	make_reply(msg, START + 120 * SEC);
	assert_memory_not_equal(checker.secret, first, 32);
	assert_true(checker.secret_born_ns == START + 120 * SEC);
	/* Cookies made from the old secret are not valid now. */
	assert_int_equal(check(msg, START + 120 * SEC), WG_MAC_RIGHT);

	get_cookie(START + 120 * SEC);
	stamp(msg, 3, START + 120 * SEC);
	assert_int_equal(check(msg, START + 120 * SEC), WG_MAC_WITH_COOKIE);
}

/* A copy of the machine has the same secret. Neither copy may continue to use it. */
static void secret_is_forgotten(void **state)
{
	u8 msg[sizeof(struct wg_msg_initiation)], first[32];

	(void)state;
	get_cookie(START);
	memcpy(first, checker.secret, 32);
	wg_cookie_checker_forget(&checker);
	assert_zero(checker.secret, 32);
	stamp(msg, 2, START);
	assert_int_equal(check(msg, START), WG_MAC_RIGHT);
	get_cookie(START);
	assert_memory_not_equal(checker.secret, first, 32);
	stamp(msg, 3, START);
	assert_int_equal(check(msg, START), WG_MAC_WITH_COOKIE);
}

/*
 * The jar's limit is five seconds shorter for the cookie's way to it. A cookie that is under way
 * for up to that time is never sent after its maker has forgotten the secret.
 */
static void no_cookie_outlives_its_secret_by_latency(void **state)
{
	u8 msg[sizeof(struct wg_msg_initiation)];
	u64 taken, now;

	(void)state;
	for (taken = 0; taken <= 5; taken++) {
		setup(NULL);
		stamp(msg, 1, START);
		make_reply(msg, START);
		get_cookie(START + taken * SEC);
		now = START + (taken + 115) * SEC - 1;
		stamp(msg, 2, now);
		assert_int_equal(check(msg, now), WG_MAC_WITH_COOKIE);
	}
}

/* ---- keys */

static void checker_without_key(void **state)
{
	u8 msg[sizeof(struct wg_msg_initiation)];
	struct wg_msg_cookie reply, untouched;

	(void)state;
	memset(&untouched, 0x5a, sizeof(untouched));
	get_cookie(START);
	stamp(msg, 1, START);
	assert_int_equal(check(msg, START), WG_MAC_WITH_COOKIE);

	wg_cookie_checker_rekey(&checker, NULL);
	assert_zero(checker.mac1_key, 32);
	assert_zero(checker.cookie_key, 32);
	assert_int_equal(check(msg, START), WG_MAC_WRONG);
	reply = untouched;
	assert_false(wg_cookie_make_reply(&checker, &reply, msg, sizeof(msg), 0, &source, START));
	assert_memory_equal(&reply, &untouched, sizeof(reply));
	/* A mac1 that is computed with a key of zeros is wrong as well. */
	memset(jar.mac1_key, 0, 32);
	stamp(msg, 1, START);
	assert_int_equal(check(msg, START), WG_MAC_WRONG);
	wg_cookie_checker_init(&checker);
	assert_int_equal(check(msg, START), WG_MAC_WRONG);
	assert_false(wg_cookie_make_reply(&checker, &reply, msg, sizeof(msg), 0, &source, START));

	/* With another key the peer sees another device. The first key then comes back. */
	setup(NULL);
	stamp(msg, 1, START);
	wg_cookie_checker_rekey(&checker, noise_vectors[2].responder_public);
	assert_int_equal(check(msg, START), WG_MAC_WRONG);
	wg_cookie_checker_rekey(&checker, noise_vectors[1].responder_public);
	assert_int_equal(check(msg, START), WG_MAC_RIGHT);
}

/* ---- many CPUs */

static bool locked;

static void note_lock(void)
{
	locked = true;
}

/* The lock of writers would make CPUs wait for each other. */
static void judging_takes_no_lock(void **state)
{
	u8 msg[sizeof(struct wg_msg_initiation)];

	(void)state;
	get_cookie(START);
	stamp(msg, 1, START);
	locked = false;
	shim_before_spin_lock = note_lock;
	assert_int_equal(check(msg, START), WG_MAC_WITH_COOKIE);
	assert_true(wg_cookie_mac1_right(&checker, msg, sizeof(msg)));
	/* Nor does a reply while the secret is fresh. */
	make_reply(msg, START);
	assert_false(locked);
	make_reply(msg, START + 120 * SEC);
	assert_true(locked);
}

static void rekey(void)
{
	wg_cookie_checker_rekey(&checker, noise_vectors[2].responder_public);
}

static void renew(void)
{
	u8 msg[sizeof(struct wg_msg_initiation)] = {};

	make_reply(msg, START + 120 * SEC);
}

/* A key that changes while it is copied is copied again: no half of a key, no stale key. */
static void changes_meanwhile(void **state)
{
	u8 msg[sizeof(struct wg_msg_initiation)];

	(void)state;
	stamp(msg, 1, START);
	shim_in_read_seq = rekey;
	assert_false(wg_cookie_mac1_right(&checker, msg, sizeof(msg)));
	setup(NULL);
	assert_true(wg_cookie_mac1_right(&checker, msg, sizeof(msg)));
	get_cookie(START);
	stamp(msg, 1, START);
	shim_in_read_seq = renew;
	assert_int_equal(check(msg, START), WG_MAC_RIGHT);
}

#define cookie_test(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cookie_test(mac1_of_both_messages),
		cookie_test(reply_and_mac2),
		cookie_test(sources),
		cookie_test(every_bit_under_mac1),
		cookie_test(every_bit_of_mac2),
		cookie_test(cookie_is_of_one_source),
		cookie_test(every_bit_of_a_reply),
		cookie_test(reply_to_another_message),
		cookie_test(reply_is_taken_once),
		cookie_test(jar_forgets_at_115_seconds),
		cookie_test(secret_turns_over_at_120_seconds),
		cookie_test(secret_is_forgotten),
		cookie_test(no_cookie_outlives_its_secret_by_latency),
		cookie_test(checker_without_key),
		cookie_test(judging_takes_no_lock),
		cookie_test(changes_meanwhile),
	};

	return cmocka_run_group_tests_name("cookie", tests, NULL, NULL);
}
