/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ChaCha20-Poly1305 for many messages under one key: the data messages of a
 * session. The nonces are those of chacha20poly1305.h, and there is no
 * associated data. One call wipes the stack once, and code for vector units
 * processes short messages side by side.
 */
#ifndef WG_CRYPTO_AEAD_MANY_H
#define WG_CRYPTO_AEAD_MANY_H

#include <linux/types.h>

#include "chacha20poly1305.h"

/* A good number of messages for one call: calls with more are not faster. */
#define WG_AEAD_MANY 16

/*
 * A message. @dst and @src each have @len + WG_AEAD_TAG_LEN bytes, of any
 * alignment; only the ciphertext has a tag, which follows it. @dst and @src are
 * equal or do not overlap. Buffers of different messages do not overlap.
 */
struct wg_aead_message {
	u8 *dst;
	const u8 *src;
	u64 nonce;
	/* Bytes of plaintext in both directions, without the tag. */
	u32 len;
	/* Set by decryption: the tag was right. */
	bool ok;
};

/*
 * Encrypts @count messages of any lengths, 0 included, as wg_aead_encrypt()
 * does. Process context or softirq. Never sleeps.
 */
void wg_aead_encrypt_many(struct wg_aead_message *messages, unsigned int count,
			  const u8 key[WG_AEAD_KEY_LEN]);

/*
 * Decrypts @count messages, as wg_aead_decrypt() does, and sets @ok of each. If
 * the tag of a message is wrong, its @dst then holds no plaintext: it is
 * untouched or wiped. Process context or softirq. Never sleeps.
 */
void wg_aead_decrypt_many(struct wg_aead_message *messages, unsigned int count,
			  const u8 key[WG_AEAD_KEY_LEN]);

#endif /* WG_CRYPTO_AEAD_MANY_H */
