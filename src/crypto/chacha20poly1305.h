/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ChaCha20-Poly1305 (RFC 8439, section 2.8) and XChaCha20-Poly1305
 * (draft-irtf-cfrg-xchacha-03), in the shape that WireGuard needs: contiguous
 * buffers, the 96-bit nonce being 4 zero bytes and a 64-bit little-endian
 * counter. This header promises the result; which backend computes it is
 * decided by the build (crypto.h names it).
 *
 * All lengths are in bytes. All functions may be called in process context and
 * in softirq, never sleep, never fail but for a wrong tag, and take buffers of
 * any alignment. @dst and @src are either the very same address or do not
 * overlap at all. @ad may be NULL where @ad_len is 0, @src where there is
 * nothing to read. The block counter has 32 bits: a message is shorter than
 * 256 GiB.
 */
#ifndef WG_CRYPTO_CHACHA20POLY1305_H
#define WG_CRYPTO_CHACHA20POLY1305_H

#include <linux/compiler.h>
#include <linux/types.h>

#define WG_AEAD_KEY_LEN 32
#define WG_AEAD_TAG_LEN 16
#define WG_XAEAD_NONCE_LEN 24

/* Writes @len bytes of ciphertext and, behind them, WG_AEAD_TAG_LEN of tag. */
void wg_aead_encrypt(u8 *dst, const u8 *src, size_t len, const u8 *ad,
		     size_t ad_len, u64 nonce, const u8 key[WG_AEAD_KEY_LEN]);

/*
 * @len counts the tag; @len - WG_AEAD_TAG_LEN bytes are written. False where
 * the tag is wrong or @len is too short for one: then @dst holds no plaintext
 * (it is either untouched or wiped).
 */
bool __must_check wg_aead_decrypt(u8 *dst, const u8 *src, size_t len,
				  const u8 *ad, size_t ad_len, u64 nonce,
			       const u8 key[WG_AEAD_KEY_LEN]);

/* The same two with a nonce long enough to be drawn at random. */
void wg_xaead_encrypt(u8 *dst, const u8 *src, size_t len, const u8 *ad,
		      size_t ad_len, const u8 nonce[WG_XAEAD_NONCE_LEN],
		   const u8 key[WG_AEAD_KEY_LEN]);

bool __must_check wg_xaead_decrypt(u8 *dst, const u8 *src, size_t len,
				   const u8 *ad, size_t ad_len,
				const u8 nonce[WG_XAEAD_NONCE_LEN],
				const u8 key[WG_AEAD_KEY_LEN]);

#endif /* WG_CRYPTO_CHACHA20POLY1305_H */
