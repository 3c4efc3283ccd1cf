// SPDX-License-Identifier: GPL-2.0
/* The module's own cryptography, one contender for each implementation. */
#include "aead_many.h"
#include "blake2s_hash.h"
#include "chacha20poly1305.h"
#include "curve25519.h"
#include "vector.h"

#include "bench.h"

static bool use(enum wg_vector_set set)
{
	if (!wg_vector_usable(set))
		return false;
	wg_vector_use(set);
	wg_curve25519_select(0);
	return true;
}

static bool start_none(void)
{
	return use(WG_VECTOR_NONE);
}

static bool start_ssse3(void)
{
	return use(WG_VECTOR_SSSE3);
}

static bool start_avx2(void)
{
	return use(WG_VECTOR_AVX2);
}

static bool start_avx512(void)
{
	return use(WG_VECTOR_AVX512);
}

static bool start_adx(void)
{
	if (wg_curve25519_implementations() < 2)
		return false;
	wg_curve25519_select(1);
	return true;
}

/* In groups as the data path has them. */
static bool many(const struct batch *b, bool decrypt)
{
	struct wg_aead_message m[WG_AEAD_MANY];
	unsigned int done, i, n;
	bool ok = true;

	for (done = 0; done < b->count; done += n) {
		n = b->count - done < WG_AEAD_MANY ? b->count - done : WG_AEAD_MANY;
		for (i = 0; i < n; i++)
			m[i] = (struct wg_aead_message){
				.dst = (decrypt ? b->decrypted : b->encrypted)[done + i],
				.src = (decrypt ? b->encrypted : b->plain)[done + i],
				.len = b->len, .nonce = b->nonce + done + i,
			};
		if (!decrypt) {
			wg_aead_encrypt_many(m, n, b->key);
			continue;
		}
		wg_aead_decrypt_many(m, n, b->key);
		for (i = 0; i < n; i++)
			ok &= m[i].ok;
	}
	return ok;
}

static void encrypt(const struct batch *b)
{
	many(b, false);
}

static bool decrypt(const struct batch *b)
{
	return many(b, true);
}

static uint8_t shared_secret[32], shared_point[32];

static void shared_set(const uint8_t secret[32], const uint8_t point[32])
{
	memcpy(shared_secret, secret, 32);
	memcpy(shared_point, point, 32);
}

static void shared(uint8_t out[32])
{
	if (!wg_curve25519(out, shared_secret, shared_point))
		memset(out, 0, 32);
}

static void public_key(uint8_t out[32], const uint8_t secret[32])
{
	if (!wg_curve25519_public(out, secret))
		memset(out, 0, 32);
}

static void hash(uint8_t out[32], const uint8_t *in, size_t len)
{
	wg_blake2s(out, 32, NULL, 0, in, len);
}

const struct contender ours[] = {
	{ "ours-portable", start_none, encrypt, decrypt, shared, shared_set, public_key, hash },
	{ "ours-adx", start_adx, NULL, NULL, shared, shared_set, public_key, NULL },
	{ "ours-ssse3", start_ssse3, encrypt, decrypt },
	{ "ours-avx2", start_avx2, encrypt, decrypt },
	{ "ours-avx512", start_avx512, encrypt, decrypt },
};

const unsigned int ours_count = sizeof(ours) / sizeof(ours[0]);
