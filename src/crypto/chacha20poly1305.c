// SPDX-License-Identifier: GPL-2.0
/*
 * The vendored ChaCha20-Poly1305 and XChaCha20-Poly1305 in portable C: the
 * construction of RFC 8439 over chacha20.c and poly1305.c. Handshakes and cookies
 * always use this code; data messages use it where vector.c cannot process them
 * (aead_many.c). The exported functions wipe the stack once per message (wipe.h).
 */
#include "chacha20poly1305.h"

#include <linux/string.h>

#include "bytes.h"
#include "chacha20.h"
#include "memneq.h"
#include "poly1305.h"
#include "wipe.h"

/* The arguments of wg_wipe_stack() in the exported functions. */
#define WG_AEAD_PIECES 1
#define WG_XAEAD_PIECES 2

static void wg_aead_crypt(struct wg_chacha20 *cipher, u8 *dst, const u8 *src,
			  size_t len)
{
	wg_chacha20_xor(cipher, dst, src, len);
}

/* The tag over AD and ciphertext. Wipes @mac. */
static void wg_aead_tag(struct wg_poly1305 *mac, u8 tag[WG_AEAD_TAG_LEN],
			const u8 *ad, size_t ad_len, const u8 *text, size_t len)
{
	u8 lens[WG_POLY1305_BLOCK_LEN];

	wg_poly1305_update_padded(mac, ad, ad_len);
	wg_poly1305_update_padded(mac, text, len);
	wg_store_le64(lens, ad_len);
	wg_store_le64(lens + 8, len);
	wg_poly1305_update_padded(mac, lens, sizeof(lens));
	wg_poly1305_final(mac, tag);
}

/* Block 0 of the key stream is the MAC key; the message begins at block 1. */
static void wg_aead_start(struct wg_chacha20 *cipher, struct wg_poly1305 *mac,
			  u64 nonce, const u8 key[WG_AEAD_KEY_LEN])
{
	u8 block[WG_CHACHA20_BLOCK_LEN] = { 0 };

	wg_chacha20_init(cipher, key, nonce);
	wg_chacha20_xor(cipher, block, block, sizeof(block));
	wg_poly1305_init(mac, block);
	memzero_explicit(block, sizeof(block));
}

static noinline void wg_aead_do_encrypt(u8 *dst, const u8 *src, size_t len,
					const u8 *ad, size_t ad_len, u64 nonce,
				     const u8 key[WG_AEAD_KEY_LEN])
{
	struct wg_chacha20 cipher;
	struct wg_poly1305 mac;

	wg_aead_start(&cipher, &mac, nonce, key);
	wg_aead_crypt(&cipher, dst, src, len);
	wg_aead_tag(&mac, dst + len, ad, ad_len, dst, len);
	memzero_explicit(&cipher, sizeof(cipher));
}

/* Decrypts only after the tag has been verified. */
static noinline int wg_aead_do_decrypt(u8 *dst, const u8 *src, size_t len,
				       const u8 *ad, size_t ad_len, u64 nonce,
				    const u8 key[WG_AEAD_KEY_LEN])
{
	u8 tag[WG_AEAD_TAG_LEN];
	struct wg_chacha20 cipher;
	struct wg_poly1305 mac;
	bool ok;

	if (len < WG_AEAD_TAG_LEN)
		return false;
	len -= WG_AEAD_TAG_LEN;

	wg_aead_start(&cipher, &mac, nonce, key);
	wg_aead_tag(&mac, tag, ad, ad_len, src, len);
	ok = !wg_memneq(tag, src + len, sizeof(tag));
	if (ok)
		wg_aead_crypt(&cipher, dst, src, len);
	/* Wipe the computed tag: with it an attacker could forge this message. */
	memzero_explicit(tag, sizeof(tag));
	memzero_explicit(&cipher, sizeof(cipher));
	return ok;
}

static noinline void wg_xaead_do_encrypt(u8 *dst, const u8 *src, size_t len,
					 const u8 *ad, size_t ad_len,
				      const u8 nonce[WG_XAEAD_NONCE_LEN],
				      const u8 key[WG_AEAD_KEY_LEN])
{
	u8 subkey[WG_AEAD_KEY_LEN];

	wg_hchacha20(subkey, key, nonce);
	wg_aead_do_encrypt(dst, src, len, ad, ad_len, wg_load_le64(nonce + 16),
			   subkey);
	memzero_explicit(subkey, sizeof(subkey));
}

static noinline int wg_xaead_do_decrypt(u8 *dst, const u8 *src, size_t len,
					const u8 *ad, size_t ad_len,
				     const u8 nonce[WG_XAEAD_NONCE_LEN],
				     const u8 key[WG_AEAD_KEY_LEN])
{
	u8 subkey[WG_AEAD_KEY_LEN];
	bool ok;

	wg_hchacha20(subkey, key, nonce);
	ok = wg_aead_do_decrypt(dst, src, len, ad, ad_len, wg_load_le64(nonce + 16),
				subkey);
	memzero_explicit(subkey, sizeof(subkey));
	return ok;
}

void wg_aead_encrypt(u8 *dst, const u8 *src, size_t len, const u8 *ad,
		     size_t ad_len, u64 nonce, const u8 key[WG_AEAD_KEY_LEN])
{
	wg_aead_do_encrypt(dst, src, len, ad, ad_len, nonce, key);
	wg_wipe_stack(WG_AEAD_PIECES);
}

bool wg_aead_decrypt(u8 *dst, const u8 *src, size_t len, const u8 *ad,
		     size_t ad_len, u64 nonce, const u8 key[WG_AEAD_KEY_LEN])
{
	bool ok = wg_aead_do_decrypt(dst, src, len, ad, ad_len, nonce, key);

	wg_wipe_stack(WG_AEAD_PIECES);
	return ok;
}

void wg_xaead_encrypt(u8 *dst, const u8 *src, size_t len, const u8 *ad,
		      size_t ad_len, const u8 nonce[WG_XAEAD_NONCE_LEN],
		   const u8 key[WG_AEAD_KEY_LEN])
{
	wg_xaead_do_encrypt(dst, src, len, ad, ad_len, nonce, key);
	wg_wipe_stack(WG_XAEAD_PIECES);
}

bool wg_xaead_decrypt(u8 *dst, const u8 *src, size_t len, const u8 *ad,
		      size_t ad_len, const u8 nonce[WG_XAEAD_NONCE_LEN],
		   const u8 key[WG_AEAD_KEY_LEN])
{
	bool ok = wg_xaead_do_decrypt(dst, src, len, ad, ad_len, nonce, key);

	wg_wipe_stack(WG_XAEAD_PIECES);
	return ok;
}
