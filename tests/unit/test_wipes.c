// SPDX-License-Identifier: GPL-2.0
/*
 * What a handshake leaves in memory: each of its functions runs on a separate stack.
 * Afterwards no half of a secret may be found there: of either side's keys, of the
 * shared secrets, or of anything derived from them. noise_reference.py provides the
 * secrets.
 *
 * Compiled like the kernel: without sanitizers, which lay out a stack in their own
 * way, and without vector registers.
 */
#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <ucontext.h>
#include <linux/kernel.h>
#include <linux/random.h>
#include <linux/string.h>
#include <cmocka.h>

#include "curve25519.h"
#include "handshake.h"
#include "noise_vectors.h"
#include "wg_limits.h"

#define NOW (100 * WG_SEC_NS)
/* So many bytes in a row of a secret of 32 bytes are too many. */
#define TOO_MANY 16

static const struct noise_vector *v;

/* Arguments and results of the functions, none of them on their stack. */
static struct {
	struct wg_identity identity;
	struct wg_handshake hs;
	struct wg_session_keys keys;
} initiator, responder;
static struct wg_msg_initiation initiation;
static struct wg_msg_response response;
static struct wg_decrypted_initiation decrypted;
static bool done;

static u8 stack[64 * 1024] __attribute__((aligned(64)));
static ucontext_t back;
static void (*called)(void);

/*
 * After this function has returned, the C library restores the other context on the same stack. On
 * ppc64el that overwrites bytes down to 432 below the end. What is tested runs further down.
 */
static void call_below(void)
{
	u8 room[1024];

	__asm__ __volatile__("" : : "r"(room) : "memory");
	called();
	/* Keeps the frame during the call. */
	__asm__ __volatile__("" : : "r"(room) : "memory");
}

static void on_own_stack(void (*call)(void))
{
	static ucontext_t there;

	memset(stack, 0xa5, sizeof(stack));
	assert_int_equal(getcontext(&there), 0);
	there.uc_stack.ss_sp = stack;
	there.uc_stack.ss_size = sizeof(stack);
	there.uc_link = &back;
	called = call;
	makecontext(&there, call_below, 0);
	assert_int_equal(swapcontext(&back, &there), 0);
	/* The functions ran on this stack, and there is space left. */
	assert_int_equal(stack[0], 0xa5);
	assert_non_null(memchr_inv(stack, 0xa5, sizeof(stack)));
}

static bool left_behind(const u8 secret[32])
{
	size_t i;

	for (i = 0; i <= 32 - TOO_MANY; i++)
		if (memmem(stack, sizeof(stack), secret + i, TOO_MANY))
			return true;
	return false;
}

static void leaves_nothing(void (*call)(void), const char *name)
{
	size_t i;

	on_own_stack(call);
	for (i = 0; i < v->secrets_len; i += 32)
		if (left_behind(v->secrets + i))
			fail_msg("%s leaves secret %zu on its stack", name, i / 32);
}

#define leaves_nothing(call) leaves_nothing(call, #call)

static void draw(const u8 *bytes)
{
	shim_bytes = bytes;
	shim_bytes_left = 32;
}

/* ---- the functions, in the order of a handshake */

static void set_identity(void)
{
	wg_identity_set(&initiator.identity, v->initiator_private);
}

static void precompute(void)
{
	wg_handshake_precompute(&initiator.hs, &initiator.identity);
}

static void create_initiation(void)
{
	done = wg_handshake_create_initiation(&initiator.hs, &initiator.identity, v->timestamp,
					      &initiation);
}

static void open_initiation(void)
{
	done = wg_handshake_decrypt_initiation(&decrypted, &responder.identity,
					       &initiation) == WG_ACCEPTED;
}

static void accept_initiation(void)
{
	done = wg_handshake_accept_initiation(&responder.hs, &decrypted, NOW) == WG_ACCEPTED;
}

static void create_response(void)
{
	done = wg_handshake_create_response(&responder.hs, &response);
}

static void consume_response(void)
{
	done = wg_handshake_consume_response(&initiator.hs, &initiator.identity,
					     &response) == WG_ACCEPTED;
}

static void derive(void)
{
	done = wg_handshake_derive(&initiator.hs, &initiator.keys) &&
	       wg_handshake_derive(&responder.hs, &responder.keys);
}

/* Both sides, up to the first message. */
static int setup(void **state)
{
	const struct noise_vector *vector = *state;

	v = vector;
	done = false;
	wg_handshake_module_init();
	set_identity();
	wg_identity_set(&responder.identity, v->responder_private);
	wg_handshake_init(&initiator.hs, v->responder_public);
	wg_handshake_init(&responder.hs, v->initiator_public);
	precompute();
	wg_handshake_precompute(&responder.hs, &responder.identity);
	memcpy(initiator.hs.preshared_key, v->psk, 32);
	memcpy(responder.hs.preshared_key, v->psk, 32);
	initiator.hs.index.index = cpu_to_le32(v->initiator_index);
	responder.hs.index.index = cpu_to_le32(v->responder_index);
	return 0;
}

static void nothing_after_success(void **state)
{
	(void)state;
	leaves_nothing(set_identity);
	leaves_nothing(precompute);

	draw(v->initiator_draw);
	leaves_nothing(create_initiation);
	assert_true(done);
	assert_memory_equal(&initiation, v->initiation, offsetof(typeof(initiation), macs));

	leaves_nothing(open_initiation);
	assert_true(done);
	leaves_nothing(accept_initiation);
	assert_true(done);

	draw(v->responder_draw);
	leaves_nothing(create_response);
	assert_true(done);
	assert_memory_equal(&response, v->response, offsetof(typeof(response), macs));

	leaves_nothing(consume_response);
	assert_true(done);
	leaves_nothing(derive);
	assert_true(done);
	assert_memory_equal(initiator.keys.sending, v->to_responder, 32);
	assert_memory_equal(initiator.keys.receiving, v->to_initiator, 32);
}

static void nothing_after_failure(void **state)
{
	(void)state;
	draw(v->initiator_draw);
	create_initiation();

	/* The key that decrypts it is right, what it decrypts is not. */
	initiation.static_encrypted[0] ^= 1;
	leaves_nothing(open_initiation);
	assert_false(done);
	initiation.static_encrypted[0] ^= 1;
	open_initiation();
	decrypted.timestamp_encrypted[0] ^= 1;
	leaves_nothing(accept_initiation);
	assert_false(done);
	decrypted.timestamp_encrypted[0] ^= 1;
	accept_initiation();
	assert_true(done);

	/* Seen already, and too soon. */
	leaves_nothing(accept_initiation);
	assert_false(done);

	draw(v->responder_draw);
	create_response();
	response.empty_encrypted[0] ^= 1;
	leaves_nothing(consume_response);
	assert_false(done);
}

/* ---- the search itself */

static void forgetful(void)
{
	u8 copy[32];

	memcpy(copy, v->responder_draw, sizeof(copy));
	/* The compiler must not remove the copy. */
	__asm__ __volatile__("" : : "r"(copy) : "memory");
}

static void a_copy_is_found(void **state)
{
	(void)state;
	on_own_stack(forgetful);
	assert_true(left_behind(v->responder_draw));
	assert_false(left_behind(v->initiator_draw));
}

/* The group of tests runs once for each implementation that this CPU can run. */
static unsigned int implementation;

static int select_implementation(void **state)
{
	(void)state;
	wg_curve25519_select(implementation);
	return 0;
}

#define wipes_test(f, n) { #f " " #n, f, setup, NULL, (void *)&noise_vectors[n] }

int main(void)
{
	const struct CMUnitTest tests[] = {
		wipes_test(a_copy_is_found, 0),
		wipes_test(nothing_after_success, 0),
		wipes_test(nothing_after_success, 1),
		wipes_test(nothing_after_failure, 0),
		wipes_test(nothing_after_failure, 1),
	};

	int failed = 0;

	for (implementation = 0; implementation < wg_curve25519_implementations();
	     implementation++)
		failed += cmocka_run_group_tests_name("wipes", tests, select_implementation, NULL);
	return failed;
}
