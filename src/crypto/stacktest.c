// SPDX-License-Identifier: GPL-2.0
/*
 * For test modules only: checks that the primitives of either backend leave no secrets
 * on the stack of this kernel. The method is that of tests/unit/crypto_stack.c: each
 * primitive runs twice, with different secrets and the same other inputs, and no byte of
 * the stack may differ.
 */
#include "stacktest.h"

#include <linux/bug.h>
#include <linux/compiler.h>
#include <linux/irqflags.h>
#include <linux/kernel.h>
#include <linux/printk.h>
#include <linux/string.h>

#include "aead_many.h"
#include "blake2s_hash.h"
#include "chacha20poly1305.h"
#include "curve25519.h"

#define STACK_PAINTED 5120
#define PIECE 512
#define MSG_LEN 1420

static struct {
	u8 secret[WG_AEAD_KEY_LEN];
	u8 plain[MSG_LEN], encrypted[MSG_LEN + WG_AEAD_TAG_LEN];
	/* Without associated data. */
	u8 encrypted_alone[MSG_LEN + WG_AEAD_TAG_LEN];
	u8 out[MSG_LEN + WG_AEAD_TAG_LEN];
	struct wg_aead_message message;
	u8 nonce[WG_XAEAD_NONCE_LEN], point[WG_CURVE25519_LEN];
	bool done;
	/* In memory: a called function may save a register on the stack, where it would differ. */
	int run;
} wg_st;

/* The stack after the first run and after the second. */
static unsigned long wg_st_image[2][STACK_PAINTED / sizeof(long)];

static void wg_st_encrypt(void)
{
	wg_aead_encrypt(wg_st.out, wg_st.plain, MSG_LEN, wg_st.plain, 12, 7, wg_st.secret);
	wg_st.done = true;
}

static void wg_st_decrypt(void)
{
	wg_st.done = wg_aead_decrypt(wg_st.out, wg_st.encrypted, sizeof(wg_st.encrypted),
				     wg_st.plain, 12, 7, wg_st.secret);
}

static void wg_st_xencrypt(void)
{
	wg_xaead_encrypt(wg_st.out, wg_st.plain, 16, wg_st.plain, 16, wg_st.nonce, wg_st.secret);
	wg_st.done = true;
}

/* One message is enough: the vector code processes it as one of many. */
static void wg_st_encrypt_many(void)
{
	wg_st.message.src = wg_st.plain;
	wg_aead_encrypt_many(&wg_st.message, 1, wg_st.secret);
	wg_st.done = true;
}

static void wg_st_decrypt_many(void)
{
	wg_st.message.src = wg_st.encrypted_alone;
	wg_aead_decrypt_many(&wg_st.message, 1, wg_st.secret);
	wg_st.done = wg_st.message.ok;
}

static void wg_st_mac(void)
{
	wg_blake2s(wg_st.out, 16, wg_st.secret, sizeof(wg_st.secret), wg_st.plain, 200);
	wg_st.done = true;
}

static void wg_st_hmac(void)
{
	wg_blake2s_hmac(wg_st.out, wg_st.secret, sizeof(wg_st.secret), wg_st.plain, 32);
	wg_st.done = true;
}

static void wg_st_x25519(void)
{
	wg_st.done = wg_curve25519(wg_st.out, wg_st.secret, wg_st.point);
}

static void wg_st_public(void)
{
	wg_st.done = wg_curve25519_public(wg_st.out, wg_st.secret);
}

static noinline void wg_st_paint(unsigned int pieces)
{
	u8 piece[PIECE];

	if (pieces > 1)
		wg_st_paint(pieces - 1);
	memzero_explicit(piece, sizeof(piece));
}

/* Copies the stack below this function's frame. The loop must not call a function. */
static noinline void wg_st_run(void (*call)(void), unsigned long *image)
{
	const unsigned long *from;
	unsigned long flags, at;

	at = (unsigned long)__builtin_frame_address(0) & ~(sizeof(long) - 1);
	from = (const unsigned long *)(at - STACK_PAINTED);
	local_irq_save(flags);
	wg_st_paint(STACK_PAINTED / PIECE + 1);
	call();
	for (at = 0; at < STACK_PAINTED / sizeof(long); at++)
		WRITE_ONCE(image[at], READ_ONCE(from[at]));
	local_irq_restore(flags);
}

static void wg_st_prepare(u8 seed)
{
	size_t i;

	for (i = 0; i < sizeof(wg_st.secret); i++)
		wg_st.secret[i] = (seed + 2 * i) * (i + 91) >> 1;
	for (i = 0; i < MSG_LEN; i++)
		wg_st.plain[i] = i;
	memset(wg_st.point, 0, sizeof(wg_st.point));
	wg_st.point[0] = 9;
	wg_aead_encrypt(wg_st.encrypted, wg_st.plain, MSG_LEN, wg_st.plain, 12, 7, wg_st.secret);
	wg_aead_encrypt(wg_st.encrypted_alone, wg_st.plain, MSG_LEN, NULL, 0, 7, wg_st.secret);
	wg_st.message.dst = wg_st.out;
	wg_st.message.len = MSG_LEN;
	wg_st.message.nonce = 7;
}

static bool wg_st_test(void (*call)(void), const char *name)
{
	const u8 *first = (const u8 *)wg_st_image[0], *second = (const u8 *)wg_st_image[1];
	static unsigned long image[ARRAY_SIZE(wg_st_image[0])];
	size_t i, differ = 0, deepest = 0;

	for (wg_st.run = 0; wg_st.run < 2; ++wg_st.run) {
		wg_st_prepare(wg_st.run ? 147 : 29);
		/* The first run is discarded, because some code is patched at its first use. */
		wg_st_run(call, image);
		wg_st_run(call, image);
		memcpy(wg_st_image[wg_st.run], image, sizeof(image));
		if (!wg_st.done) {
			pr_err("stack test: %s gives a wrong answer\n", name);
			return false;
		}
	}
	for (i = 0; i < STACK_PAINTED; i++) {
		if (first[i] == second[i])
			continue;
		if (!differ++)
			deepest = STACK_PAINTED - i;
	}
	if (!differ)
		return true;
	pr_err("stack test: %s leaves %zu bytes that depend on secrets, to a depth of %zu\n",
	       name, differ, deepest);
	return false;
}

/* Control: a function that leaves a secret, which the test must find. */
static void wg_st_forgetful(void)
{
	u8 copy[sizeof(wg_st.secret)];

	memcpy(copy, wg_st.secret, sizeof(copy));
	barrier_data(copy);
	wg_st.done = true;
}

void wg_crypto_stacktest(void)
{
	static const struct {
		void (*call)(void);
		const char *name;
	} tests[] = {
		{ wg_st_encrypt, "wg_aead_encrypt" },
		{ wg_st_decrypt, "wg_aead_decrypt" },
		{ wg_st_encrypt_many, "wg_aead_encrypt_many" },
		{ wg_st_decrypt_many, "wg_aead_decrypt_many" },
		{ wg_st_xencrypt, "wg_xaead_encrypt" },
		{ wg_st_mac, "wg_blake2s" },
		{ wg_st_hmac, "wg_blake2s_hmac" },
		{ wg_st_x25519, "wg_curve25519" },
		{ wg_st_public, "wg_curve25519_public" },
	};
	size_t i, good = 0;

	/* Instrumented memory accesses leave their own data on the stack. */
	if (IS_ENABLED(CONFIG_KCSAN) || IS_ENABLED(CONFIG_KMSAN))
		return;
	for (i = 0; i < ARRAY_SIZE(tests); i++)
		good += wg_st_test(tests[i].call, tests[i].name);
	pr_info("stack test: %zu of %zu primitives leave nothing\n", good, ARRAY_SIZE(tests));
	if (wg_st_test(wg_st_forgetful, "the control function"))
		pr_err("stack test: the control function leaves nothing, so the test is broken\n");
}
