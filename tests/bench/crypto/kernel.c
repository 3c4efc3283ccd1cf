// SPDX-License-Identifier: GPL-2.0
/* The kernel's library, as a driver calls it. Compiled over kernel_stubs.h. */
#include <crypto/blake2s.h>
#include <crypto/chacha20poly1305.h>
#include <crypto/curve25519.h>

#include "bench.h"

static bool start(void)
{
	return true;
}

static void encrypt(const struct batch *b)
{
	unsigned int i;

	for (i = 0; i < b->count; i++)
		chacha20poly1305_encrypt(b->encrypted[i], b->plain[i], b->len, NULL, 0,
					 b->nonce + i, b->key);
}

static bool decrypt(const struct batch *b)
{
	unsigned int i;
	bool ok = true;

	for (i = 0; i < b->count; i++)
		ok &= chacha20poly1305_decrypt(b->decrypted[i], b->encrypted[i],
					       b->len + BENCH_TAG, NULL, 0, b->nonce + i,
					       b->key);
	return ok;
}

static uint8_t shared_secret[32], shared_point[32];

static void shared_set(const uint8_t secret[32], const uint8_t point[32])
{
	memcpy(shared_secret, secret, 32);
	curve25519_clamp_secret(shared_secret);
	memcpy(shared_point, point, 32);
}

static void shared(uint8_t out[32])
{
	if (!curve25519(out, shared_secret, shared_point))
		memset(out, 0, 32);
}

static void public_key(uint8_t out[32], const uint8_t secret[32])
{
	uint8_t clamped[32];

	memcpy(clamped, secret, 32);
	curve25519_clamp_secret(clamped);
	if (!curve25519_generate_public(out, clamped))
		memset(out, 0, 32);
}

static void hash(uint8_t out[32], const uint8_t *in, size_t len)
{
	blake2s(out, in, NULL, 32, len, 0);
}

const struct contender kernel[] = {
	{ KERNEL_NAME, start, encrypt, decrypt, shared, shared_set, public_key, hash },
};

const unsigned int kernel_count = sizeof(kernel) / sizeof(kernel[0]);

/* The library's self-tests are off, and their functions are not compiled. */
bool chacha20poly1305_selftest(void)
{
	return true;
}

bool blake2s_selftest(void)
{
	return true;
}

bool curve25519_selftest(void)
{
	return true;
}
