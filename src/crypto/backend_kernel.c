// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel backend implements our headers with the kernel's crypto library,
 * which selects the fastest code for the CPU. It is built instead of the
 * vendored files. Both backends have the same contracts.
 */
#include "aead_many.h"
#include "blake2s_hash.h"
#include "chacha20poly1305.h"
#include "curve25519.h"
#include "memneq.h"
#include "wipe.h"

#include <crypto/chacha20poly1305.h>
#include <crypto/curve25519.h>
#include <linux/string.h>

/*
 * The arguments of wg_wipe_stack() in the exported functions. Not all code of
 * the kernel wipes its results: the generic ChaCha20 leaves its permuted state,
 * some implementations of X25519 leave the shared secret. Their frames are
 * larger than those of the vendored files, above all if a function saves vector
 * registers.
 */
#define WG_AEAD_PIECES 2
#define WG_BLAKE2S_PIECES 1
#define WG_X25519_PIECES 3

void wg_aead_encrypt(u8 *dst, const u8 *src, size_t len, const u8 *ad,
		     size_t ad_len, u64 nonce, const u8 key[WG_AEAD_KEY_LEN])
{
	chacha20poly1305_encrypt(dst, src, len, ad, ad_len, nonce, key);
	wg_wipe_stack(WG_AEAD_PIECES);
}

bool wg_aead_decrypt(u8 *dst, const u8 *src, size_t len, const u8 *ad,
		     size_t ad_len, u64 nonce, const u8 key[WG_AEAD_KEY_LEN])
{
	bool ok;

	if (len < WG_AEAD_TAG_LEN)
		return false;
	ok = chacha20poly1305_decrypt(dst, src, len, ad, ad_len, nonce, key);
	wg_wipe_stack(WG_AEAD_PIECES);
	return ok;
}

void wg_aead_encrypt_many(struct wg_aead_message *messages, unsigned int count,
			  const u8 key[WG_AEAD_KEY_LEN])
{
	struct wg_aead_message *end = messages + count, *m;

	for (m = messages; m < end; m++)
		chacha20poly1305_encrypt(m->dst, m->src, m->len, NULL, 0, m->nonce, key);
	wg_wipe_stack(WG_AEAD_PIECES);
}

void wg_aead_decrypt_many(struct wg_aead_message *messages, unsigned int count,
			  const u8 key[WG_AEAD_KEY_LEN])
{
	struct wg_aead_message *end = messages + count, *m;

	for (m = messages; m < end; m++)
		m->ok = chacha20poly1305_decrypt(m->dst, m->src, (size_t)m->len + WG_AEAD_TAG_LEN,
						 NULL, 0, m->nonce, key);
	wg_wipe_stack(WG_AEAD_PIECES);
}

void wg_xaead_encrypt(u8 *dst, const u8 *src, size_t len, const u8 *ad,
		      size_t ad_len, const u8 nonce[WG_XAEAD_NONCE_LEN],
		   const u8 key[WG_AEAD_KEY_LEN])
{
	xchacha20poly1305_encrypt(dst, src, len, ad, ad_len, nonce, key);
	wg_wipe_stack(WG_AEAD_PIECES);
}

bool wg_xaead_decrypt(u8 *dst, const u8 *src, size_t len, const u8 *ad,
		      size_t ad_len, const u8 nonce[WG_XAEAD_NONCE_LEN],
		   const u8 key[WG_AEAD_KEY_LEN])
{
	bool ok;

	if (len < WG_AEAD_TAG_LEN)
		return false;
	ok = xchacha20poly1305_decrypt(dst, src, len, ad, ad_len, nonce, key);
	wg_wipe_stack(WG_AEAD_PIECES);
	return ok;
}

void wg_blake2s_init(struct wg_blake2s *st, size_t outlen)
{
	compat_blake2s_init(&st->ctx, outlen);
}

void wg_blake2s_init_key(struct wg_blake2s *st, size_t outlen, const u8 *key,
			 size_t keylen)
{
	/* The kernel's keyed function warns about an empty key. */
	if (keylen)
		compat_blake2s_init_key(&st->ctx, outlen, key, keylen);
	else
		compat_blake2s_init(&st->ctx, outlen);
}

void wg_blake2s_update(struct wg_blake2s *st, const u8 *in, size_t len)
{
	compat_blake2s_update(&st->ctx, in, len);
}

void wg_blake2s_final(struct wg_blake2s *st, u8 *out)
{
	compat_blake2s_final(&st->ctx, out);
	wg_wipe_stack(WG_BLAKE2S_PIECES);
}

void wg_curve25519_clamp(u8 secret[WG_CURVE25519_LEN])
{
	curve25519_clamp_secret(secret);
}

/* Not every implementation of X25519 in the kernel is documented to clamp. */
static noinline int wg_x25519_clamped(u8 out[WG_CURVE25519_LEN],
				      const u8 secret[WG_CURVE25519_LEN],
				       const u8 point[WG_CURVE25519_LEN])
{
	u8 clamped[WG_CURVE25519_LEN];
	bool ok;

	memcpy(clamped, secret, sizeof(clamped));
	curve25519_clamp_secret(clamped);
	ok = curve25519(out, clamped, point);
	memzero_explicit(clamped, sizeof(clamped));
	return ok;
}

/*
 * Uses curve25519_generate_public(), because some architectures have faster
 * code for the base point.
 */
static noinline int wg_x25519_public(u8 out[WG_CURVE25519_LEN],
				     const u8 secret[WG_CURVE25519_LEN])
{
	static const u8 unset[WG_CURVE25519_LEN];
	u8 clamped[WG_CURVE25519_LEN];
	bool ok;

	/* Check before clamping, which makes the secret nonzero. */
	if (!wg_memneq(secret, unset, sizeof(unset)))
		return false;
	memcpy(clamped, secret, sizeof(clamped));
	curve25519_clamp_secret(clamped);
	ok = curve25519_generate_public(out, clamped);
	memzero_explicit(clamped, sizeof(clamped));
	return ok;
}

bool wg_curve25519(u8 out[WG_CURVE25519_LEN],
		   const u8 secret[WG_CURVE25519_LEN],
		   const u8 point[WG_CURVE25519_LEN])
{
	bool ok = wg_x25519_clamped(out, secret, point);

	wg_wipe_stack(WG_X25519_PIECES);
	return ok;
}

bool wg_curve25519_public(u8 out[WG_CURVE25519_LEN],
			  const u8 secret[WG_CURVE25519_LEN])
{
	bool ok = wg_x25519_public(out, secret);

	wg_wipe_stack(WG_X25519_PIECES);
	return ok;
}
