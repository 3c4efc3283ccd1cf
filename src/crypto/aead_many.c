// SPDX-License-Identifier: GPL-2.0
/*
 * The vendored ChaCha20-Poly1305 for many messages under one key: by the vector
 * units if they may be used here, else message by message in portable C.
 */
#include "aead_many.h"

#include "chacha20poly1305.h"
#include "vector.h"

void wg_aead_encrypt_many(struct wg_aead_message *messages, unsigned int count,
			  const u8 key[WG_AEAD_KEY_LEN])
{
	struct wg_aead_message *end = messages + count, *m;

	if (wg_vector_current() != WG_VECTOR_NONE && wg_vector_encrypt(messages, count, key))
		return;
	for (m = messages; m < end; m++)
		wg_aead_encrypt(m->dst, m->src, m->len, NULL, 0, m->nonce, key);
}

void wg_aead_decrypt_many(struct wg_aead_message *messages, unsigned int count,
			  const u8 key[WG_AEAD_KEY_LEN])
{
	struct wg_aead_message *end = messages + count, *m;

	/* A message that is not processed must not pass. */
	for (m = messages; m < end; m++)
		m->ok = false;
	if (wg_vector_current() != WG_VECTOR_NONE && wg_vector_decrypt(messages, count, key))
		return;
	for (m = messages; m < end; m++)
		m->ok = wg_aead_decrypt(m->dst, m->src, (size_t)m->len + WG_AEAD_TAG_LEN,
					NULL, 0, m->nonce, key);
}
