/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ChaCha20-Poly1305 (RFC 8439, section 2.8) and XChaCha20-Poly1305
 * (draft-irtf-cfrg-xchacha-03), as WireGuard needs them: with contiguous
 * buffers and a 96-bit nonce of 4 zero bytes and a 64-bit little-endian
 * counter. The build selects the backend (see crypto.h).
 *
 * All lengths are in bytes. All functions may be called in process context and
 * in softirq, never sleep, fail only for a wrong tag, and take buffers of any
 * alignment. @dst and @src are equal or do not overlap. @ad may be NULL if
 * @ad_len is 0, and so may @src if there is nothing to read. The block counter
 * has 32 bits, so a message is shorter than 256 GiB.
 */
#ifndef WG_CRYPTO_CHACHA20POLY1305_H
#define WG_CRYPTO_CHACHA20POLY1305_H

#include <linux/compiler.h>
#include <linux/types.h>

#define WG_AEAD_KEY_LEN 32
#define WG_AEAD_TAG_LEN 16
#define WG_XAEAD_NONCE_LEN 24

/* Writes @len bytes of ciphertext and then a tag of WG_AEAD_TAG_LEN bytes. */
void wg_aead_encrypt(u8 *dst, const u8 *src, size_t len, const u8 *ad,
		     size_t ad_len, u64 nonce, const u8 key[WG_AEAD_KEY_LEN]);

/*
 * @len includes the tag; @len - WG_AEAD_TAG_LEN bytes are written. Return: false
 * if the tag is wrong or @len is too short for a tag. @dst then holds no
 * plaintext: it is untouched or wiped.
 */
bool __must_check wg_aead_decrypt(u8 *dst, const u8 *src, size_t len,
				  const u8 *ad, size_t ad_len, u64 nonce,
			       const u8 key[WG_AEAD_KEY_LEN]);

/* The same two functions with a nonce that is long enough to be random. */
void wg_xaead_encrypt(u8 *dst, const u8 *src, size_t len, const u8 *ad,
		      size_t ad_len, const u8 nonce[WG_XAEAD_NONCE_LEN],
		   const u8 key[WG_AEAD_KEY_LEN]);

bool __must_check wg_xaead_decrypt(u8 *dst, const u8 *src, size_t len,
				   const u8 *ad, size_t ad_len,
				const u8 nonce[WG_XAEAD_NONCE_LEN],
				const u8 key[WG_AEAD_KEY_LEN]);

#endif /* WG_CRYPTO_CHACHA20POLY1305_H */
