// SPDX-License-Identifier: GPL-2.0
/*
 * The handshake: byte for byte against noise_reference.py as initiator and as
 * responder, against itself, in every state, with each byte of a message forged in
 * turn, and with messages that are old or too early.
 *
 * The handshake does not authenticate the type, the sender index and the macs of a
 * message; mac1 does. So each forged message is first checked by cookie.c and then
 * by handshake.c, as in the module.
 */
#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <linux/kernel.h>
#include <linux/random.h>
#include <linux/string.h>
#include <cmocka.h>

#include "cookie.h"
#include "curve25519.h"
#include "handshake.h"
#include "noise_vectors.h"
#include "wg_limits.h"

#define MSEC 1000000ULL
#define SEC (1000 * MSEC)
/* Boot time of the first accepted initiation. Not 0, which could pass for "never". */
#define START (100 * SEC)

#define IN_NOISE_INITIATION (sizeof(struct wg_msg_initiation) - sizeof(struct wg_msg_macs))
#define IN_NOISE_RESPONSE (sizeof(struct wg_msg_response) - sizeof(struct wg_msg_macs))

/* One side: a device with one peer. */
struct side {
	struct wg_identity identity;
	struct wg_handshake hs;
	struct wg_cookie_checker checker;
	struct wg_cookie_jar jar;
};

static struct side a, b;

static void next_bytes(const u8 *bytes, size_t len)
{
	shim_bytes = bytes;
	shim_bytes_left = len;
}

static void side_init(struct side *s, const u8 private_key[32], const u8 remote[32],
		      const u8 psk[32], u32 index)
{
	wg_identity_set(&s->identity, private_key);
	wg_handshake_init(&s->hs, remote);
	wg_handshake_precompute(&s->hs, &s->identity);
	memcpy(s->hs.preshared_key, psk, 32);
	s->hs.index.index = cpu_to_le32(index);
	wg_cookie_checker_init(&s->checker);
	wg_cookie_checker_rekey(&s->checker, s->identity.public_key);
	wg_cookie_jar_init(&s->jar, remote);
}

/* Makes a the initiator and b the responder of a vector. */
static void sides_of(const struct noise_vector *v)
{
	shim_bytes_left = 0;
	side_init(&a, v->initiator_private, v->responder_public, v->psk, v->initiator_index);
	side_init(&b, v->responder_private, v->initiator_public, v->psk, v->responder_index);
}

static int setup(void **state)
{
	(void)state;
	wg_handshake_module_init();
	sides_of(&noise_vectors[1]);
	return 0;
}

/* The timestamp of a time, by a handshake that has made none yet. */
static void timestamp(u8 out[WG_TIMESTAMP_LEN], u64 seconds, u32 nanoseconds)
{
	struct wg_handshake unused = {};

	wg_handshake_timestamp(&unused, out, seconds * WG_SEC_NS + nanoseconds);
}

/* A timestamp that is later for a greater @t. */
static const u8 *stamp_of(u32 t)
{
	static u8 stamp[WG_TIMESTAMP_LEN];

	timestamp(stamp, 1000000 + t, 0);
	return stamp;
}

static struct wg_msg_initiation initiate(struct side *s, u32 t)
{
	struct wg_msg_initiation msg;

	assert_true(wg_handshake_create_initiation(&s->hs, &s->identity, stamp_of(t), &msg));
	wg_cookie_stamp(&s->jar, &msg, sizeof(msg), START);
	return msg;
}

static enum wg_verdict take_initiation(struct side *s, const struct wg_msg_initiation *msg, u64 now)
{
	struct wg_decrypted_initiation decrypted;
	enum wg_verdict verdict = wg_handshake_decrypt_initiation(&decrypted, &s->identity, msg);

	if (verdict == WG_ACCEPTED)
		verdict = wg_handshake_accept_initiation(&s->hs, &decrypted, now);
	return verdict;
}

static struct wg_msg_response respond(struct side *s)
{
	struct wg_msg_response msg;

	assert_true(wg_handshake_create_response(&s->hs, &msg));
	wg_cookie_stamp(&s->jar, &msg, sizeof(msg), START);
	return msg;
}

/* A complete handshake, up to both sides' keys. */
static void shake(struct side *i, struct side *r, u32 t, u64 now, struct wg_session_keys *ki,
		  struct wg_session_keys *kr)
{
	struct wg_msg_initiation initiation = initiate(i, t);
	struct wg_msg_response response;

	assert_int_equal(take_initiation(r, &initiation, now), WG_ACCEPTED);
	response = respond(r);
	assert_true(wg_handshake_derive(&r->hs, kr));
	assert_int_equal(wg_handshake_consume_response(&i->hs, &i->identity, &response),
			 WG_ACCEPTED);
	assert_true(wg_handshake_derive(&i->hs, ki));
}

#define assert_zero(p, len) assert_null(memchr_inv(p, 0, len))
#define assert_same(x, y) assert_memory_equal(&(x), &(y), sizeof(x))

/* ---- against the reference */

static void layouts(void **state)
{
	(void)state;
	assert_int_equal(sizeof(struct wg_msg_initiation), 148);
	assert_int_equal(sizeof(struct wg_msg_response), 92);
	assert_int_equal(sizeof(struct wg_msg_cookie), 64);
	assert_int_equal(sizeof(struct wg_msg_data), 16);
	assert_int_equal(WG_KEEPALIVE_LEN, 32);
	assert_int_equal(offsetof(struct wg_msg_initiation, macs.mac1), 116);
	assert_int_equal(offsetof(struct wg_msg_response, macs.mac1), 60);
	assert_true(WG_REJECT_AFTER_MESSAGES == 0xffffffffffffdfffULL);
	assert_true(WG_REKEY_AFTER_MESSAGES == 0x1000000000000000ULL);
}

static void public_keys(void **state)
{
	size_t n;

	(void)state;
	for (n = 0; n < ARRAY_SIZE(noise_vectors); n++) {
		sides_of(&noise_vectors[n]);
		assert_true(a.identity.set);
		assert_memory_equal(a.identity.public_key, noise_vectors[n].initiator_public, 32);
		assert_memory_equal(b.identity.public_key, noise_vectors[n].responder_public, 32);
		assert_memory_equal(a.hs.static_static, b.hs.static_static, 32);
	}
}

static void initiator_against_reference(void **state)
{
	struct wg_session_keys keys;
	struct wg_msg_initiation msg;
	u8 stamp[WG_TIMESTAMP_LEN];
	size_t n;

	(void)state;
	for (n = 0; n < ARRAY_SIZE(noise_vectors); n++) {
		const struct noise_vector *v = &noise_vectors[n];

		sides_of(v);
		timestamp(stamp, v->seconds, v->nanoseconds);
		assert_memory_equal(stamp, v->timestamp, sizeof(stamp));
		next_bytes(v->initiator_draw, 32);
		assert_true(wg_handshake_create_initiation(&a.hs, &a.identity, stamp, &msg));
		assert_int_equal(shim_bytes_left, 0);
		assert_memory_equal(&msg, v->initiation, IN_NOISE_INITIATION);
		assert_zero(&msg.macs, sizeof(msg.macs));
		assert_int_equal(a.hs.state, WG_HANDSHAKE_SENT_INITIATION);

		assert_int_equal(wg_handshake_consume_response(&a.hs, &a.identity,
							       (const void *)v->response),
				 WG_ACCEPTED);
		assert_int_equal(a.hs.state, WG_HANDSHAKE_GOT_RESPONSE);
		assert_true(wg_handshake_derive(&a.hs, &keys));
		assert_memory_equal(keys.sending, v->to_responder, 32);
		assert_memory_equal(keys.receiving, v->to_initiator, 32);
		assert_int_equal(le32_to_cpu(keys.remote_index), v->responder_index);
		assert_true(keys.initiator);
	}
}

static void responder_against_reference(void **state)
{
	struct wg_decrypted_initiation decrypted;
	struct wg_session_keys keys;
	struct wg_msg_response msg;
	size_t n;

	(void)state;
	for (n = 0; n < ARRAY_SIZE(noise_vectors); n++) {
		const struct noise_vector *v = &noise_vectors[n];

		sides_of(v);
		assert_int_equal(wg_handshake_decrypt_initiation(&decrypted, &b.identity,
								 (const void *)v->initiation),
				 WG_ACCEPTED);
		assert_memory_equal(decrypted.remote_static, v->initiator_public, 32);
		assert_int_equal(wg_handshake_accept_initiation(&b.hs, &decrypted, START),
				 WG_ACCEPTED);
		assert_int_equal(b.hs.state, WG_HANDSHAKE_GOT_INITIATION);
		assert_memory_equal(b.hs.latest_timestamp, v->timestamp, WG_TIMESTAMP_LEN);
		next_bytes(v->responder_draw, 32);
		assert_true(wg_handshake_create_response(&b.hs, &msg));
		assert_int_equal(shim_bytes_left, 0);
		assert_memory_equal(&msg, v->response, IN_NOISE_RESPONSE);
		assert_zero(&msg.macs, sizeof(msg.macs));
		assert_int_equal(b.hs.state, WG_HANDSHAKE_SENT_RESPONSE);

		assert_true(wg_handshake_derive(&b.hs, &keys));
		assert_memory_equal(keys.sending, v->to_initiator, 32);
		assert_memory_equal(keys.receiving, v->to_responder, 32);
		assert_int_equal(le32_to_cpu(keys.remote_index), v->initiator_index);
		assert_false(keys.initiator);
	}
}

/* ---- between two of our own */

static void both_sides_agree(void **state)
{
	struct wg_session_keys ki, kr, earlier = {};
	struct wg_msg_initiation m, old = {};
	u8 private_a[32], private_b[32], psk[32];
	u32 round;

	(void)state;
	for (round = 0; round < 20; round++) {
		/* The third and later handshakes between the same two, in turn. */
		if (round < 3) {
			get_random_bytes(private_a, 32);
			get_random_bytes(private_b, 32);
			get_random_bytes(psk, 32);
			if (!round)
				memset(psk, 0, 32);
			wg_identity_set(&a.identity, private_a);
			wg_identity_set(&b.identity, private_b);
			side_init(&a, private_a, b.identity.public_key, psk, 0x01020304);
			side_init(&b, private_b, a.identity.public_key, psk, 0xfffefdfc);
		}
		if (round % 2)
			shake(&a, &b, round, START + round * SEC, &ki, &kr);
		else
			shake(&b, &a, round, START + round * SEC, &ki, &kr);
		assert_memory_equal(ki.sending, kr.receiving, 32);
		assert_memory_equal(ki.receiving, kr.sending, 32);
		assert_memory_not_equal(ki.sending, ki.receiving, 32);
		assert_memory_not_equal(ki.sending, earlier.sending, 32);
		assert_true(ki.initiator);
		assert_false(kr.initiator);
		assert_int_equal(le32_to_cpu(ki.remote_index), round % 2 ? 0xfffefdfc : 0x01020304);
		assert_int_equal(le32_to_cpu(kr.remote_index), round % 2 ? 0x01020304 : 0xfffefdfc);
		earlier = ki;
	}
	/* Each message has a new ephemeral key. */
	for (round = 0; round < 10; round++, old = m) {
		m = initiate(&a, 100 + round);
		assert_memory_not_equal(m.ephemeral, old.ephemeral, 32);
	}
}

static void preshared_keys_must_match(void **state)
{
	struct wg_msg_initiation initiation;
	struct wg_msg_response response;
	struct wg_handshake before;
	int i;

	(void)state;
	for (i = 0; i < 32; i++) {
		sides_of(&noise_vectors[1]);
		b.hs.preshared_key[i] ^= 1 << i % 8;
		initiation = initiate(&a, 1);
		/* The first message does not depend on the preshared key. */
		assert_int_equal(take_initiation(&b, &initiation, START), WG_ACCEPTED);
		response = respond(&b);
		before = a.hs;
		assert_int_equal(wg_handshake_consume_response(&a.hs, &a.identity, &response),
				 WG_INVALID);
		assert_same(a.hs, before);
	}
}

static void other_peoples_messages(void **state)
{
	const struct noise_vector *v = &noise_vectors[2];
	struct wg_msg_initiation initiation;
	struct wg_decrypted_initiation decrypted;
	struct wg_handshake before;
	struct side c;

	(void)state;
	side_init(&c, v->initiator_private, b.identity.public_key, b.hs.preshared_key, 77);
	/* To b, from a peer of b: decrypts, but proves nothing for another peer. */
	initiation = initiate(&c, 1);
	before = b.hs;
	assert_int_equal(wg_handshake_decrypt_initiation(&decrypted, &b.identity, &initiation),
			 WG_ACCEPTED);
	assert_memory_equal(decrypted.remote_static, c.identity.public_key, 32);
	assert_int_equal(wg_handshake_accept_initiation(&b.hs, &decrypted, START), WG_INVALID);
	assert_same(b.hs, before);
	/* A message for c, not for b. */
	side_init(&c, v->initiator_private, a.identity.public_key, b.hs.preshared_key, 77);
	initiation = initiate(&a, 1);
	memset(&decrypted, 0x5a, sizeof(decrypted));
	assert_int_equal(wg_handshake_decrypt_initiation(&decrypted, &c.identity, &initiation),
			 WG_INVALID);
	assert_null(memchr_inv(&decrypted, 0x5a, sizeof(decrypted)));
}

/* Both begin at once. The side that responds last is the responder; its own initiation is void. */
static void crossing_initiations(void **state)
{
	struct wg_msg_initiation from_a = initiate(&a, 1), from_b = initiate(&b, 1);
	struct wg_session_keys keys;
	struct wg_msg_response by_a, by_b;

	(void)state;
	assert_int_equal(take_initiation(&a, &from_b, START), WG_ACCEPTED);
	by_a = respond(&a);
	/* b accepts the response. Then a's initiation arrives late, and a must refuse the response
	 * of b to it. */
	assert_int_equal(wg_handshake_consume_response(&b.hs, &b.identity, &by_a), WG_ACCEPTED);
	assert_true(wg_handshake_derive(&b.hs, &keys));
	assert_int_equal(take_initiation(&b, &from_a, START), WG_ACCEPTED);
	by_b = respond(&b);
	assert_int_equal(wg_handshake_consume_response(&a.hs, &a.identity, &by_b), WG_INVALID);
	assert_true(wg_handshake_derive(&a.hs, &keys));
	assert_false(keys.initiator);
}

/* ---- states */

static void every_message_in_every_state(void **state)
{
	static const enum wg_handshake_state states[] = {
		WG_HANDSHAKE_IDLE, WG_HANDSHAKE_SENT_INITIATION, WG_HANDSHAKE_GOT_INITIATION,
		WG_HANDSHAKE_SENT_RESPONSE, WG_HANDSHAKE_GOT_RESPONSE,
	};
	struct wg_msg_initiation initiation = initiate(&a, 1), out, untouched;
	struct wg_msg_response response, made, made_untouched;
	struct wg_handshake waiting = a.hs, got, hs;
	struct wg_session_keys keys, keys_untouched;
	struct wg_decrypted_initiation decrypted;
	size_t i;

	(void)state;
	assert_int_equal(take_initiation(&b, &initiation, START), WG_ACCEPTED);
	got = b.hs;
	response = respond(&b);
	initiation = initiate(&b, 2);
	memset(&untouched, 0x5a, sizeof(untouched));
	memset(&made_untouched, 0x5a, sizeof(made_untouched));
	memset(&keys_untouched, 0x5a, sizeof(keys_untouched));

	/* All secrets are those of the right state, so that only the state can cause the
	 * refusal. */
	for (i = 0; i < ARRAY_SIZE(states); i++) {
		waiting.state = states[i];
		got.state = states[i];

		hs = waiting;
		if (states[i] == WG_HANDSHAKE_SENT_INITIATION) {
			assert_int_equal(wg_handshake_consume_response(&hs, &a.identity, &response),
					 WG_ACCEPTED);
			assert_int_equal(hs.state, WG_HANDSHAKE_GOT_RESPONSE);
		} else {
			assert_int_equal(wg_handshake_consume_response(&hs, &a.identity, &response),
					 WG_INVALID);
			assert_same(hs, waiting);
		}

		hs = got;
		made = made_untouched;
		if (states[i] == WG_HANDSHAKE_GOT_INITIATION) {
			assert_true(wg_handshake_create_response(&hs, &made));
			assert_int_equal(hs.state, WG_HANDSHAKE_SENT_RESPONSE);
		} else {
			assert_false(wg_handshake_create_response(&hs, &made));
			assert_same(hs, got);
			assert_same(made, made_untouched);
		}

		hs = got;
		keys = keys_untouched;
		if (states[i] == WG_HANDSHAKE_SENT_RESPONSE ||
		    states[i] == WG_HANDSHAKE_GOT_RESPONSE) {
			assert_true(wg_handshake_derive(&hs, &keys));
			assert_int_equal(hs.state, WG_HANDSHAKE_IDLE);
			assert_int_equal(keys.initiator, states[i] == WG_HANDSHAKE_GOT_RESPONSE);
		} else {
			assert_false(wg_handshake_derive(&hs, &keys));
			assert_same(hs, got);
			assert_same(keys, keys_untouched);
		}

		/* Each side may begin again at any time. */
		hs = waiting;
		out = untouched;
		assert_true(wg_handshake_create_initiation(&hs, &a.identity, stamp_of(9), &out));
		assert_int_equal(hs.state, WG_HANDSHAKE_SENT_INITIATION);
		assert_int_equal(le32_to_cpu(out.header.type), 1);

		hs = waiting;
		assert_int_equal(wg_handshake_decrypt_initiation(&decrypted, &a.identity,
								 &initiation),
				 WG_ACCEPTED);
		assert_int_equal(wg_handshake_accept_initiation(&hs, &decrypted, START),
				 WG_ACCEPTED);
		assert_int_equal(hs.state, WG_HANDSHAKE_GOT_INITIATION);
	}
}

static void response_is_taken_once(void **state)
{
	struct wg_msg_initiation initiation = initiate(&a, 1);
	struct wg_msg_response response;
	struct wg_session_keys keys;
	struct wg_handshake before;

	(void)state;
	assert_int_equal(take_initiation(&b, &initiation, START), WG_ACCEPTED);
	response = respond(&b);
	assert_int_equal(wg_handshake_consume_response(&a.hs, &a.identity, &response), WG_ACCEPTED);
	before = a.hs;
	assert_int_equal(wg_handshake_consume_response(&a.hs, &a.identity, &response), WG_INVALID);
	assert_same(a.hs, before);
	assert_true(wg_handshake_derive(&a.hs, &keys));
	assert_int_equal(wg_handshake_consume_response(&a.hs, &a.identity, &response), WG_INVALID);
	assert_false(wg_handshake_derive(&a.hs, &keys));

	/* An answer to the first of two initiations does not fit the second. */
	initiation = initiate(&a, 2);
	assert_int_equal(take_initiation(&b, &initiation, START + SEC), WG_ACCEPTED);
	response = respond(&b);
	initiate(&a, 3);
	before = a.hs;
	assert_int_equal(wg_handshake_consume_response(&a.hs, &a.identity, &response), WG_INVALID);
	assert_same(a.hs, before);
}

/* ---- forgeries */

/* The order in which the module checks a message: macs first, then the handshake. */
static bool initiation_passes(struct side *s, const struct wg_msg_initiation *msg)
{
	struct wg_cookie_source source = { .len = 6 };

	return le32_to_cpu(msg->header.type) == WG_MSG_INITIATION &&
	       wg_cookie_check(&s->checker, msg, sizeof(*msg), &source, START) != WG_MAC_WRONG &&
	       take_initiation(s, msg, START) == WG_ACCEPTED;
}

static bool response_passes(struct side *s, const struct wg_msg_response *msg)
{
	struct wg_cookie_source source = { .len = 6 };

	return le32_to_cpu(msg->header.type) == WG_MSG_RESPONSE &&
	       wg_cookie_check(&s->checker, msg, sizeof(*msg), &source, START) != WG_MAC_WRONG &&
	       wg_handshake_consume_response(&s->hs, &s->identity, msg) == WG_ACCEPTED;
}

static void every_bit_of_an_initiation(void **state)
{
	struct wg_msg_initiation good, bad;
	struct wg_msg_response response;
	struct wg_handshake before;
	unsigned int bit;

	(void)state;
	/* b has begun a handshake of its own, which must not be affected. */
	bad = initiate(&b, 5);
	assert_int_equal(take_initiation(&a, &bad, START), WG_ACCEPTED);
	response = respond(&a);
	good = initiate(&a, 6);
	before = b.hs;
	for (bit = 0; bit < 8 * offsetof(struct wg_msg_initiation, macs.mac2); bit++) {
		bad = good;
		((u8 *)&bad)[bit / 8] ^= 1 << bit % 8;
		assert_false(initiation_passes(&b, &bad));
		assert_same(b.hs, before);
		if (bit < 8 * offsetof(struct wg_msg_initiation, ephemeral) ||
		    bit >= 8 * IN_NOISE_INITIATION)
			continue;
		/* The handshake refuses it, too, if the macs are right. */
		assert_int_equal(take_initiation(&b, &bad, START), WG_INVALID);
		assert_same(b.hs, before);
	}
	assert_int_equal(wg_handshake_consume_response(&b.hs, &b.identity, &response), WG_ACCEPTED);
	b.hs = before;
	assert_true(initiation_passes(&b, &good));
}

static void every_bit_of_a_response(void **state)
{
	struct wg_msg_initiation initiation = initiate(&a, 1);
	struct wg_msg_response good, bad;
	struct wg_handshake before = a.hs;
	unsigned int bit;

	(void)state;
	assert_int_equal(take_initiation(&b, &initiation, START), WG_ACCEPTED);
	good = respond(&b);
	for (bit = 0; bit < 8 * offsetof(struct wg_msg_response, macs.mac2); bit++) {
		bad = good;
		((u8 *)&bad)[bit / 8] ^= 1 << bit % 8;
		assert_false(response_passes(&a, &bad));
		assert_same(a.hs, before);
		if (bit < 8 * offsetof(struct wg_msg_response, receiver) ||
		    bit >= 8 * IN_NOISE_RESPONSE)
			continue;
		assert_int_equal(wg_handshake_consume_response(&a.hs, &a.identity, &bad),
				 WG_INVALID);
		assert_same(a.hs, before);
	}
	assert_true(response_passes(&a, &good));
}

/* Only the two peers may learn or change anything by a decrypted claim. */
static void forged_claims(void **state)
{
	struct wg_msg_initiation initiation = initiate(&a, 1);
	struct wg_decrypted_initiation good, bad;
	struct wg_handshake before = b.hs;
	unsigned int i;

	(void)state;
	assert_int_equal(wg_handshake_decrypt_initiation(&good, &b.identity, &initiation),
			 WG_ACCEPTED);
	for (i = 0; i < sizeof(good.timestamp_encrypted); i++) {
		bad = good;
		bad.timestamp_encrypted[i] ^= 0x80;
		assert_int_equal(wg_handshake_accept_initiation(&b.hs, &bad, START), WG_INVALID);
		assert_same(b.hs, before);
	}
	assert_int_equal(wg_handshake_accept_initiation(&b.hs, &good, START), WG_ACCEPTED);
}

/* ---- replay and flood */

static enum wg_verdict arrives(u32 timestamp, u64 now)
{
	struct wg_msg_initiation msg = initiate(&a, timestamp);

	return take_initiation(&b, &msg, now);
}

static void old_timestamps(void **state)
{
	struct wg_msg_initiation first = initiate(&a, 1000);
	struct wg_handshake before;
	struct wg_session_keys keys;

	(void)state;
	assert_int_equal(take_initiation(&b, &first, START), WG_ACCEPTED);
	before = b.hs;
	assert_int_equal(take_initiation(&b, &first, START + SEC), WG_REPLAYED);
	assert_int_equal(arrives(1000, START + SEC), WG_REPLAYED);
	assert_int_equal(arrives(999, START + SEC), WG_REPLAYED);
	assert_int_equal(arrives(0, START + 1000 * SEC), WG_REPLAYED);
	/* An old timestamp is a replay even if any other would be too soon. */
	assert_int_equal(arrives(1000, START), WG_REPLAYED);
	assert_same(b.hs, before);

	/* Neither the end of the handshake nor its removal permits a replay again. */
	respond(&b);
	assert_true(wg_handshake_derive(&b.hs, &keys));
	assert_int_equal(take_initiation(&b, &first, START + SEC), WG_REPLAYED);
	wg_handshake_clear(&b.hs);
	assert_int_equal(take_initiation(&b, &first, START + SEC), WG_REPLAYED);
	wg_handshake_precompute(&b.hs, &b.identity);
	assert_int_equal(take_initiation(&b, &first, START + SEC), WG_REPLAYED);
	/* An older one that is refused does not lower the mark. */
	assert_int_equal(arrives(1000, START + SEC), WG_REPLAYED);
	assert_int_equal(arrives(1001, START + SEC), WG_ACCEPTED);
	assert_int_equal(arrives(1000, START + 2 * SEC), WG_REPLAYED);
}

/* Greater in any byte, for any values of the later bytes, and with the top bit set. */
static void timestamps_compare_as_bytes(void **state)
{
	u8 low[WG_TIMESTAMP_LEN], high[WG_TIMESTAMP_LEN];
	struct wg_msg_initiation msg;
	u64 now = START;
	unsigned int i;

	(void)state;
	for (i = 0; i < WG_TIMESTAMP_LEN; i++) {
		sides_of(&noise_vectors[0]);
		memset(low, 0xff, sizeof(low));
		memset(high, 0, sizeof(high));
		memset(low, 0x7f, i);
		memset(high, 0x7f, i);
		low[i] = 0x7f;
		high[i] = 0x80;
		assert_true(wg_handshake_create_initiation(&a.hs, &a.identity, low, &msg));
		assert_int_equal(take_initiation(&b, &msg, now += SEC), WG_ACCEPTED);
		assert_true(wg_handshake_create_initiation(&a.hs, &a.identity, high, &msg));
		assert_int_equal(take_initiation(&b, &msg, now += SEC), WG_ACCEPTED);
		assert_true(wg_handshake_create_initiation(&a.hs, &a.identity, low, &msg));
		assert_int_equal(take_initiation(&b, &msg, now += SEC), WG_REPLAYED);
	}
	/* The first timestamp ever may have any value, even all zeros. */
	sides_of(&noise_vectors[0]);
	memset(low, 0, sizeof(low));
	assert_true(wg_handshake_create_initiation(&a.hs, &a.identity, low, &msg));
	assert_int_equal(take_initiation(&b, &msg, START), WG_ACCEPTED);
	assert_int_equal(take_initiation(&b, &msg, START + SEC), WG_REPLAYED);
}

static void floods(void **state)
{
	struct wg_handshake before;

	(void)state;
	assert_int_equal(arrives(1, START), WG_ACCEPTED);
	before = b.hs;
	assert_int_equal(arrives(2, START), WG_TOO_SOON);
	assert_int_equal(arrives(2, START + 1), WG_TOO_SOON);
	assert_int_equal(arrives(2, START + 20 * MSEC - 1), WG_TOO_SOON);
	assert_same(b.hs, before);
	/* Refused ones count neither as seen nor as accepted. */
	assert_int_equal(arrives(2, START + 20 * MSEC), WG_ACCEPTED);
	assert_int_equal(arrives(3, START + 40 * MSEC - 1), WG_TOO_SOON);
	assert_int_equal(arrives(3, START + 40 * MSEC), WG_ACCEPTED);

	/* Shortly after boot an initiation is not "too soon" after none. */
	sides_of(&noise_vectors[1]);
	assert_int_equal(arrives(1, 0), WG_ACCEPTED);
	assert_int_equal(arrives(2, 1), WG_TOO_SOON);
	sides_of(&noise_vectors[1]);
	assert_int_equal(arrives(1, 5 * MSEC), WG_ACCEPTED);
}

/* ---- invalid keys */

static void low_order_static_keys(void **state)
{
	const struct noise_vector *v = &noise_vectors[0];
	struct wg_msg_initiation msg, untouched;
	struct wg_decrypted_initiation decrypted;
	struct wg_handshake before;
	size_t i;

	(void)state;
	memset(&untouched, 0x5a, sizeof(untouched));
	for (i = 0; i < ARRAY_SIZE(noise_bad_ephemerals); i++) {
		sides_of(v);
		wg_handshake_init(&a.hs, noise_bad_ephemerals[i].point);
		/* The value from before must not stay. */
		a.hs.usable = true;
		memset(a.hs.static_static, 0x5a, 32);
		wg_handshake_precompute(&a.hs, &a.identity);
		assert_false(a.hs.usable);
		assert_zero(a.hs.static_static, 32);
		before = a.hs;
		msg = untouched;
		assert_false(wg_handshake_create_initiation(&a.hs, &a.identity, stamp_of(1), &msg));
		assert_same(msg, untouched);
		memset(&decrypted, 0, sizeof(decrypted));
		assert_int_equal(wg_handshake_accept_initiation(&a.hs, &decrypted, START),
				 WG_NO_KEY);
		assert_same(a.hs, before);
		/* The device's other peers are not affected. */
		wg_handshake_init(&a.hs, v->responder_public);
		wg_handshake_precompute(&a.hs, &a.identity);
		assert_true(a.hs.usable);
		msg = initiate(&a, 1);
		assert_int_equal(take_initiation(&b, &msg, START), WG_ACCEPTED);
	}
}

static void low_order_ephemerals(void **state)
{
	const struct noise_vector *v = &noise_vectors[0];
	struct wg_msg_initiation initiation = {};
	struct wg_msg_response response = {}, made;
	struct wg_handshake before;
	size_t i;

	(void)state;
	sides_of(v);
	next_bytes(v->initiator_draw, 32);
	assert_true(wg_handshake_create_initiation(&a.hs, &a.identity, v->timestamp, &initiation));
	for (i = 0; i < ARRAY_SIZE(noise_bad_ephemerals); i++) {
		const struct noise_bad_ephemeral *bad = &noise_bad_ephemerals[i];

		before = b.hs;
		memcpy(&initiation, bad->initiation, sizeof(bad->initiation));
		assert_int_equal(take_initiation(&b, &initiation, START), WG_INVALID);
		assert_same(b.hs, before);

		before = a.hs;
		memcpy(&response, bad->response, sizeof(bad->response));
		assert_int_equal(wg_handshake_consume_response(&a.hs, &a.identity, &response),
				 WG_INVALID);
		assert_same(a.hs, before);
	}
	/* A responder refuses one even if it has passed the first message. */
	memcpy(&initiation, v->initiation, sizeof(initiation));
	assert_int_equal(take_initiation(&b, &initiation, START), WG_ACCEPTED);
	for (i = 0; i < ARRAY_SIZE(noise_bad_ephemerals); i++) {
		memcpy(b.hs.remote_ephemeral, noise_bad_ephemerals[i].point, 32);
		before = b.hs;
		assert_false(wg_handshake_create_response(&b.hs, &made));
		assert_same(b.hs, before);
	}
}

static void no_identity(void **state)
{
	const struct noise_vector *v = &noise_vectors[1];
	static const u8 zeros[32];
	struct wg_msg_initiation msg, untouched, good = initiate(&b, 1);
	struct wg_decrypted_initiation decrypted;
	struct wg_identity set;
	struct wg_handshake before;

	(void)state;
	memset(&untouched, 0x5a, sizeof(untouched));
	initiate(&a, 1);
	set = a.identity;
	wg_identity_set(&a.identity, zeros);
	assert_zero(&a.identity, sizeof(a.identity));
	before = a.hs;
	msg = untouched;
	assert_false(wg_handshake_create_initiation(&a.hs, &a.identity, stamp_of(2), &msg));
	assert_same(msg, untouched);
	assert_int_equal(wg_handshake_decrypt_initiation(&decrypted, &a.identity, &good),
			 WG_NO_KEY);
	assert_int_equal(wg_handshake_consume_response(&a.hs, &a.identity,
						       (const void *)v->response), WG_NO_KEY);
	assert_same(a.hs, before);

	wg_handshake_precompute(&a.hs, &a.identity);
	assert_false(a.hs.usable);
	assert_zero(a.hs.static_static, 32);
	/* Even if the caller still holds the old identity. */
	assert_false(wg_handshake_create_initiation(&a.hs, &set, stamp_of(2), &msg));
	assert_int_equal(wg_handshake_decrypt_initiation(&decrypted, &set, &good), WG_ACCEPTED);
	assert_int_equal(wg_handshake_accept_initiation(&a.hs, &decrypted, START), WG_NO_KEY);

	/* And the first key again. */
	wg_identity_set(&a.identity, v->initiator_private);
	assert_same(a.identity, set);
	wg_handshake_precompute(&a.hs, &a.identity);
	assert_true(a.hs.usable);
	assert_int_equal(take_initiation(&a, &good, START), WG_ACCEPTED);
}

static void private_keys_are_clamped(void **state)
{
	struct wg_identity plain, odd;
	u8 key[32];

	(void)state;
	memcpy(key, noise_vectors[0].initiator_private, 32);
	wg_identity_set(&plain, key);
	key[0] ^= 7;
	key[31] ^= 0x80;
	wg_identity_set(&odd, key);
	assert_same(plain, odd);
	assert_int_equal(plain.private_key[0] & 7, 0);
	assert_int_equal(plain.private_key[31] & 0xc0, 0x40);
	/* A key with only the clamped bits set is a key. */
	memset(key, 0, 32);
	key[0] = 1;
	wg_identity_set(&odd, key);
	assert_true(odd.set);
}

static void a_new_identity(void **state)
{
	struct wg_session_keys ki, kr;
	struct wg_msg_initiation msg = initiate(&a, 1);
	u8 old[32];

	(void)state;
	memcpy(old, a.hs.static_static, 32);
	wg_identity_set(&a.identity, noise_vectors[3].initiator_private);
	wg_handshake_precompute(&a.hs, &a.identity);
	assert_memory_not_equal(a.hs.static_static, old, 32);
	wg_handshake_init(&b.hs, a.identity.public_key);
	wg_handshake_precompute(&b.hs, &b.identity);
	memcpy(b.hs.preshared_key, a.hs.preshared_key, 32);
	/* Made with the old key. */
	assert_int_equal(take_initiation(&b, &msg, START), WG_INVALID);
	shake(&a, &b, 2, START, &ki, &kr);
	assert_memory_equal(ki.sending, kr.receiving, 32);
}

/* ---- what is left in memory */

static void only_long_term_state_is_left(void **state)
{
	struct wg_session_keys ki, kr;
	struct wg_handshake *hs;
	struct side *sides[] = { &a, &b };
	u8 stamp[WG_TIMESTAMP_LEN];
	unsigned int i;

	(void)state;
	shake(&a, &b, 4711, START, &ki, &kr);
	for (i = 0; i < 2; i++) {
		hs = &sides[i]->hs;
		assert_zero(hs->ephemeral_private, 32);
		assert_zero(hs->remote_ephemeral, 32);
		assert_zero(hs->chaining_key, 32);
		assert_zero(hs->hash, 32);
		assert_int_equal(hs->remote_index, 0);
		assert_int_equal(hs->state, WG_HANDSHAKE_IDLE);
		assert_true(hs->usable);
		assert_memory_equal(hs->remote_static, sides[!i]->identity.public_key, 32);
		assert_memory_equal(hs->static_static, sides[!i]->hs.static_static, 32);
		assert_memory_equal(hs->preshared_key, noise_vectors[1].psk, 32);
	}
	assert_int_equal(le32_to_cpu(a.hs.index.index), noise_vectors[1].initiator_index);
	memcpy(stamp, stamp_of(4711), sizeof(stamp));
	assert_memory_equal(b.hs.latest_timestamp, stamp, sizeof(stamp));
	assert_true(b.hs.heard);
	assert_false(a.hs.heard);
	assert_true(b.hs.accepted_ns == START);

	/* The same if a handshake is abandoned midway. */
	initiate(&a, 5000);
	assert_non_null(memchr_inv(a.hs.ephemeral_private, 0, 32));
	wg_handshake_clear(&a.hs);
	assert_zero(a.hs.ephemeral_private, 32);
	assert_zero(a.hs.chaining_key, 32);
	assert_zero(a.hs.hash, 32);
	assert_int_equal(a.hs.state, WG_HANDSHAKE_IDLE);
}

static void an_identity_is_recognised(void **state)
{
	static const u8 none[WG_KEY_LEN];
	struct wg_identity identity;
	u8 key[WG_KEY_LEN];
	int i;

	(void)state;
	wg_identity_set(&identity, none);
	assert_true(wg_identity_is(&identity, none));
	memcpy(key, a.identity.private_key, sizeof(key));
	assert_false(wg_identity_is(&identity, key));
	/* This key clamps to the same bytes as all zeros, but only zeros mean "no key". */
	memset(key, 0, sizeof(key));
	key[0] = 1;
	assert_false(wg_identity_is(&identity, key));

	wg_identity_set(&identity, a.identity.private_key);
	memcpy(key, a.identity.private_key, sizeof(key));
	assert_true(wg_identity_is(&identity, key));
	key[0] ^= 7;
	key[31] ^= 0x80;
	assert_true(wg_identity_is(&identity, key));
	assert_false(wg_identity_is(&identity, none));
	for (i = 0; i < 256; i++) {
		memcpy(key, a.identity.private_key, sizeof(key));
		key[i / 8] ^= 1 << i % 8;
		assert_int_equal(wg_identity_is(&identity, key),
				 i < 3 || i == 254 || i == 255);
	}
}

/* ---- TAI64N */

static void timestamp_layout(void **state)
{
	static const u8 early[] = { 0x40, 0, 0, 0, 0, 0, 0, 0x0b, 0, 0, 0, 0 };
	/* 0x5f5e0ff seconds and 999,999,999 = 0x3b9ac9ff nanoseconds. */
	static const u8 late[] = { 0x40, 0, 0, 0, 0x05, 0xf5, 0xe1, 0x09, 0x3b, 0, 0, 0 };
	u8 out[WG_TIMESTAMP_LEN], last[WG_TIMESTAMP_LEN];
	unsigned int changes = 0;
	u32 ns;

	(void)state;
	timestamp(out, 1, 0);
	assert_memory_equal(out, early, sizeof(early));
	timestamp(out, 1, 0xffffff);
	assert_memory_equal(out, early, sizeof(early));
	timestamp(out, 0x5f5e0ff, 999999999);
	assert_memory_equal(out, late, sizeof(late));
	timestamp(out, 0x5f5e0ff, 0x3b000000);
	assert_memory_equal(out, late, sizeof(late));

	/* Never backwards, and in steps of 2^24 ns at least. */
	timestamp(last, 7, 0);
	for (ns = 0; ns < WG_SEC_NS; ns += 999983) {
		timestamp(out, 7, ns);
		assert_true(memcmp(out, last, sizeof(out)) >= 0);
		changes += !!memcmp(out, last, sizeof(out));
		memcpy(last, out, sizeof(last));
	}
	assert_int_equal(changes, 999999999 >> 24);
	timestamp(out, 8, 0);
	assert_true(memcmp(out, last, sizeof(out)) > 0);
}

/* Timestamps of one peer, with clocks that jump. */
static void stamps_never_go_back(void **state)
{
	const s64 second = WG_SEC_NS, hour = 3600 * second;
	/* The wall clock is set by these. */
	static const s64 hours[] = { 0, -1, -400000, 400001, 3, -1, 1, 100000 };
	u64 wall = 1800000000ULL * second + 5, latest = 0;
	u8 out[WG_TIMESTAMP_LEN], before[WG_TIMESTAMP_LEN];
	unsigned int i;

	(void)state;
	wg_handshake_timestamp(&a.hs, before, wall);
	timestamp(out, 1800000000, 5);
	assert_memory_equal(before, out, sizeof(out));
	for (i = 0; i < ARRAY_SIZE(hours); i++) {
		u8 walls[WG_TIMESTAMP_LEN];

		latest = max(latest, wall);
		wall += hours[i] * hour + second;
		wg_handshake_clear(&a.hs);
		wg_handshake_timestamp(&a.hs, out, wall);
		assert_true(memcmp(out, before, sizeof(out)) > 0);
		/* The time of the wall clock, unless it is behind. */
		timestamp(walls, wall / second, wall % second);
		if (wall > latest + second)
			assert_memory_equal(out, walls, sizeof(out));
		memcpy(before, out, sizeof(out));
	}

	/* Two at the interval that peers accept differ, whether or not the clock was set back. */
	for (i = 0; i < 1000; i++) {
		wall += second / WG_INITIATIONS_PER_SECOND - (i % 3) * second;
		wg_handshake_timestamp(&a.hs, out, wall);
		assert_true(memcmp(out, before, sizeof(out)) > 0);
		memcpy(before, out, sizeof(out));
	}

	/* Set back by two hours, which has no effect any more after two hours. */
	wg_handshake_timestamp(&b.hs, before, 5 * hour);
	wg_handshake_timestamp(&b.hs, out, 3 * hour);
	assert_true(memcmp(out, before, sizeof(out)) > 0);
	wg_handshake_timestamp(&b.hs, out, 5 * hour + second);
	timestamp(before, 5 * 3600 + 1, 0);
	assert_memory_equal(out, before, sizeof(out));
}

#define handshake_test(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		handshake_test(layouts),
		handshake_test(public_keys),
		handshake_test(initiator_against_reference),
		handshake_test(responder_against_reference),
		handshake_test(both_sides_agree),
		handshake_test(preshared_keys_must_match),
		handshake_test(other_peoples_messages),
		handshake_test(crossing_initiations),
		handshake_test(every_message_in_every_state),
		handshake_test(response_is_taken_once),
		handshake_test(every_bit_of_an_initiation),
		handshake_test(every_bit_of_a_response),
		handshake_test(forged_claims),
		handshake_test(old_timestamps),
		handshake_test(timestamps_compare_as_bytes),
		handshake_test(floods),
		handshake_test(low_order_static_keys),
		handshake_test(low_order_ephemerals),
		handshake_test(no_identity),
		handshake_test(private_keys_are_clamped),
		handshake_test(a_new_identity),
		handshake_test(an_identity_is_recognised),
		handshake_test(only_long_term_state_is_left),
		handshake_test(timestamp_layout),
		handshake_test(stamps_never_go_back),
	};

	return cmocka_run_group_tests_name("handshake", tests, NULL, NULL);
}
