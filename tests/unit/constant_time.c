// SPDX-License-Identifier: GPL-2.0
/*
 * The primitives with secrets that valgrind's memcheck takes for undefined: keys, plaintext,
 * points, and what is computed from them. memcheck reports each branch and each address that
 * depends on them. Ciphertext, tags, nonces and lengths are public.
 *
 * test_constant_time.sh builds and runs this. For each part it prints "result NAME N" with the
 * number of reports, or "skipped NAME: REASON". The first line has the number of parts. Two parts
 * depend on a secret on purpose: they show that memcheck reports it.
 */
#include <stdio.h>
#include <string.h>

#include <linux/kernel.h>
#include <linux/string.h>
#include "aead_many.h"
#include "blake2s_hash.h"
#include "chacha20poly1305.h"
#include "curve25519.h"
#include "memneq.h"
#include "vector.h"

#define TAG WG_AEAD_TAG_LEN
#define LONGEST (WG_SECTION_BYTES + 900)
#define BATCH 16

static void secret(void *p, size_t len)
{
	VALGRIND_MAKE_MEM_UNDEFINED(p, len);
}

static void public(void *p, size_t len)
{
	VALGRIND_MAKE_MEM_DEFINED(p, len);
}

static u8 key[32], nonce24[WG_XAEAD_NONCE_LEN] = { 7 };
static u8 text[BATCH][LONGEST], box[BATCH][LONGEST + TAG], out[BATCH][LONGEST + TAG];
static const u32 lens[BATCH] = {
	0, 1, 15, 16, 17, 63, 64, 65, 128, 200, 256, 257, 512, 1000, 1420, LONGEST
};

/* The values are public until a part makes them secret, and again afterwards. */
static void reset(void)
{
	unsigned int i, k;

	public(key, sizeof(key));
	public(text, sizeof(text));
	public(box, sizeof(box));
	public(out, sizeof(out));
	for (i = 0; i < sizeof(key); i++)
		key[i] = 3 * i + 1;
	for (i = 0; i < BATCH; i++)
		for (k = 0; k < LONGEST; k++)
			text[i][k] = i + k * k;
}

static void control_branch(void)
{
	static volatile u8 count;

	secret(key, sizeof(key));
	if (key[0] & 1)
		count++;
}

static void control_index(void)
{
	static volatile u8 table[256];

	secret(key, sizeof(key));
	table[key[0]]++;
}

static void memneq(void)
{
	unsigned int i;

	memcpy(text[1], text[0], 64);
	secret(text, sizeof(text));
	for (i = 0; i <= 64; i++) {
		bool differ = wg_memneq(text[0], text[1], i);

		/* Of the result only the bit is defined: see constant_time.h. */
		out[0][i] = differ;
		text[1][40] ^= i == 40;
	}
}

static void aead(void)
{
	unsigned int i;
	bool ok;

	for (i = 0; i < BATCH; i++) {
		secret(key, sizeof(key));
		secret(text[i], LONGEST);
		wg_aead_encrypt(box[i], text[i], lens[i], nonce24, 12, i, key);
		public(box[i], sizeof(box[i]));
		ok = wg_aead_decrypt(out[i], box[i], lens[i] + TAG, nonce24, 12, i, key);
		box[i][lens[i]] ^= 1;
		ok ^= wg_aead_decrypt(out[i], box[i], lens[i] + TAG, nonce24, 12, i, key);
		if (!ok)
			printf("wrong: wg_aead_decrypt()\n");
	}
}

static void xaead(void)
{
	unsigned int i;
	bool ok;

	for (i = 0; i < 8; i++) {
		secret(key, sizeof(key));
		secret(text[i], LONGEST);
		wg_xaead_encrypt(box[i], text[i], lens[i], nonce24, 12, nonce24, key);
		public(box[i], sizeof(box[i]));
		ok = wg_xaead_decrypt(out[i], box[i], lens[i] + TAG, nonce24, 12, nonce24, key);
		box[i][lens[i]] ^= 1;
		ok ^= wg_xaead_decrypt(out[i], box[i], lens[i] + TAG, nonce24, 12, nonce24, key);
		if (!ok)
			printf("wrong: wg_xaead_decrypt()\n");
	}
}

/* Batches of each size, with a forged message in each. */
static void aead_many(void)
{
	struct wg_aead_message m[BATCH];
	unsigned int count, i;

	for (count = 1; count <= BATCH; count++) {
		reset();
		secret(key, sizeof(key));
		secret(text, sizeof(text));
		for (i = 0; i < count; i++)
			m[i] = (struct wg_aead_message){
				.dst = box[i], .src = text[i], .nonce = count * BATCH + i,
				.len = lens[(i * 5 + count) % BATCH],
			};
		wg_aead_encrypt_many(m, count, key);
		public(box, sizeof(box));
		box[count / 2][0] ^= 1;
		for (i = 0; i < count; i++) {
			m[i].dst = out[i];
			m[i].src = box[i];
		}
		wg_aead_decrypt_many(m, count, key);
		for (i = 0; i < count; i++)
			if (m[i].ok != (i != count / 2))
				printf("wrong: message %u of %u\n", i, count);
	}
}

static void blake2s(void)
{
	struct wg_blake2s st;
	unsigned int i;

	for (i = 0; i <= 32; i += 8) {
		secret(key, sizeof(key));
		secret(text[0], LONGEST);
		wg_blake2s(out[0], 32, key, i, text[0], 200);
		wg_blake2s_init_key(&st, 16, key, i);
		wg_blake2s_update(&st, text[0], 100);
		wg_blake2s_update(&st, text[0] + 100, i);
		wg_blake2s_final(&st, out[0]);
		wg_blake2s_hmac(out[0], key, i, text[0], 3 * i);
	}
}

static void x25519(void)
{
	u8 result[32], point[32] = { 9 }, scalar[32];

	memcpy(scalar, key, sizeof(scalar));
	secret(scalar, sizeof(scalar));
	wg_curve25519_clamp(scalar);
	if (!wg_curve25519_public(result, scalar))
		printf("wrong: wg_curve25519_public()\n");
	/* The points of a handshake are secret: they identify a peer. */
	secret(point, sizeof(point));
	if (!wg_curve25519(result, scalar, point))
		printf("wrong: wg_curve25519()\n");
	/* A point of low order. */
	memset(point, 0, sizeof(point));
	secret(point, sizeof(point));
	if (wg_curve25519(result, scalar, point))
		printf("wrong: a point of low order\n");
}

static void x25519_portable(void)
{
	wg_curve25519_select(0);
	x25519();
}

#ifdef WG_CRYPTO_ADX
/* valgrind emulates the instructions, whether the CPU has them or not. */
static void x25519_adx(void)
{
	wg_curve25519_select(1);
	x25519();
}
#endif

#ifdef WG_VECTORS
static const char *use(enum wg_vector_set set)
{
	if (!wg_vector_usable(set))
		return "valgrind or this CPU cannot run it: its code is only read";
	wg_vector_use(set);
	return NULL;
}
#else
/* There are no sets without 64-bit limbs. */
static const char *use(enum wg_vector_set set)
{
	(void)set;
	return NULL;
}
#endif

static const struct {
	const char *name;
	void (*run)(void);
	enum wg_vector_set set;
} parts[] = {
	{ "a branch on a secret", control_branch, WG_VECTOR_NONE },
	{ "an index by a secret", control_index, WG_VECTOR_NONE },
	{ "memneq", memneq, WG_VECTOR_NONE },
	{ "AEAD", aead, WG_VECTOR_NONE },
	{ "XAEAD", xaead, WG_VECTOR_NONE },
	{ "AEAD over batches, portable", aead_many, WG_VECTOR_NONE },
#ifdef WG_VECTORS
	{ "AEAD over batches, SSSE3", aead_many, WG_VECTOR_SSSE3 },
	{ "AEAD over batches, AVX2", aead_many, WG_VECTOR_AVX2 },
	{ "AEAD over batches, AVX-512", aead_many, WG_VECTOR_AVX512 },
#endif
	{ "BLAKE2s", blake2s, WG_VECTOR_NONE },
	{ "X25519, portable", x25519_portable, WG_VECTOR_NONE },
#ifdef WG_CRYPTO_ADX
	{ "X25519, adx", x25519_adx, WG_VECTOR_NONE },
#endif
};

int main(void)
{
	unsigned int i, before;
	const char *why;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!RUNNING_ON_VALGRIND) {
		printf("wrong: not under valgrind\n");
		return 1;
	}
	printf("parts %zu\n", ARRAY_SIZE(parts));
	for (i = 0; i < ARRAY_SIZE(parts); i++) {
		why = use(parts[i].set);
		if (why) {
			printf("skipped %s: %s\n", parts[i].name, why);
			continue;
		}
		reset();
		before = VALGRIND_COUNT_ERRORS;
		parts[i].run();
		reset();
		printf("result %s: %u\n", parts[i].name,
		       (unsigned int)VALGRIND_COUNT_ERRORS - before);
	}
	return 0;
}
