// SPDX-License-Identifier: GPL-2.0
/*
 * Batches of messages, encrypted and decrypted by each implementation that this CPU can run. The
 * model is OpenSSL. The input draws the key, the lengths, the addresses, what is done in place,
 * and which messages are changed on their way.
 */
#include <openssl/evp.h>
#include <linux/random.h>
#include "aead_many.h"
#include "fuzz.h"
#include "vector.h"

#define TAG WG_AEAD_TAG_LEN
#define BATCH 24
#define LONGEST (WG_SECTION_BYTES + 600)
#define ROOM (LONGEST + TAG + 64)
#define PAINT 0xa5

static u8 text[BATCH][LONGEST], box[BATCH][LONGEST + TAG];
static u8 from[BATCH][ROOM] __aligned(64), to[BATCH][ROOM] __aligned(64);
static u8 before[ROOM];

struct shape {
	u32 len;
	u64 nonce;
	u8 from, to;		/* modulo 64 */
	bool in_place;
	u16 damage;		/* which bit, plus one; 0 leaves the message as it is */
};

/* Encrypts by OpenSSL. */
static void model(EVP_CIPHER_CTX *ctx, const struct shape *s, unsigned int i)
{
	u8 nonce[12] = { 0 };
	int n;

	for (n = 0; n < 8; n++)
		nonce[4 + n] = s->nonce >> 8 * n;
	claim(EVP_EncryptInit_ex(ctx, NULL, NULL, NULL, nonce) == 1);
	claim(EVP_EncryptUpdate(ctx, box[i], &n, text[i], s->len) == 1);
	claim(EVP_EncryptFinal_ex(ctx, box[i] + n, &n) == 1);
	claim(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, TAG, box[i] + s->len) == 1);
}

/* A length near a boundary of blocks and vectors, or that of a section, or any. */
static u32 draw_len(struct fuzz_input *in)
{
	u16 draw = fuzz_u16(in);
	u32 len = draw >> 3;

	switch (draw & 7) {
	case 0:
		return 1420;
	case 1:
	case 2:
		/* 16 * n - 2 to 16 * n + 5 */
		len = (len >> 3) % 160 * 16 + (len & 7);
		return len < 2 ? 0 : len - 2;
	case 3:
		return len % 66;
	case 4:
		return LONGEST - 1 - len % 608;
	default:
		return len % 2600;
	}
}

static void lay_out(struct wg_aead_message *m, const struct shape *s, unsigned int i, bool sealed)
{
	memset(from[i], PAINT, ROOM);
	memset(to[i], PAINT, ROOM);
	memcpy(from[i] + s->from, sealed ? box[i] : text[i], s->len + (sealed ? TAG : 0));
	m->src = from[i] + s->from;
	m->dst = s->in_place ? from[i] + s->from : to[i] + s->to;
	m->len = s->len;
	m->nonce = s->nonce;
	m->ok = !sealed;
}

/* Nothing but @len bytes at @at has changed in the buffer that has them. */
static void only_there(const u8 room[ROOM], const u8 *at, u32 len)
{
	memset(before, PAINT, ROOM);
	claim(!memcmp(room, before, at - room));
	claim(!memcmp(at + len, before, room + ROOM - at - len));
}

static void encrypted(const struct wg_aead_message *m, const struct shape *s, unsigned int i)
{
	claim(!memcmp(m->dst, box[i], s->len + TAG));
	only_there(s->in_place ? from[i] : to[i], m->dst, s->len + TAG);
}

static void decrypted(const struct wg_aead_message *m, const struct shape *s, unsigned int i)
{
	const u8 *old = s->in_place ? box[i] : before;
	u32 k;

	claim(m->ok == !s->damage);
	only_there(s->in_place ? from[i] : to[i], m->dst, s->len + (s->in_place ? TAG : 0));
	if (m->ok)
		claim(!memcmp(m->dst, text[i], s->len));
	/* Wiped, or untouched. The changed bit may be one of the text in place. */
	for (k = 0; !m->ok && k < s->len; k++)
		claim(!m->dst[k] || m->dst[k] == old[k] || k == (s->damage - 1) / 8);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, size };
	struct wg_aead_message m[BATCH];
	struct shape shapes[BATCH];
	enum wg_vector_set set;
	unsigned int count, i;
	u8 key[WG_AEAD_KEY_LEN], flags, fill;
	EVP_CIPHER_CTX *ctx;
	u32 k, step;

	fuzz_bytes(&in, key, sizeof(key));
	count = fuzz_u8(&in) % (BATCH + 1);
	ctx = EVP_CIPHER_CTX_new();
	claim(EVP_EncryptInit_ex(ctx, EVP_chacha20_poly1305(), NULL, key, NULL) == 1);
	for (i = 0; i < count; i++) {
		struct shape *s = shapes + i;

		flags = fuzz_u8(&in);
		s->len = draw_len(&in);
		s->nonce = flags & 1 ? fuzz_u64(&in) : i;
		s->from = fuzz_u8(&in) % 64;
		s->to = fuzz_u8(&in) % 64;
		s->in_place = flags & 2;
		s->damage = flags & 4 ? 1 + fuzz_u16(&in) % (8 * (s->len + TAG)) : 0;
		/* The text: the input's own bytes, the same byte, or a sequence. */
		fill = fuzz_u8(&in);
		step = flags & 8 ? flags >> 4 : 0;
		for (k = 0; k < s->len; k++)
			text[i][k] = fill + step * k;
		if (flags & 16)
			fuzz_bytes(&in, text[i], min(s->len, 64));
		model(ctx, s, i);
	}
	EVP_CIPHER_CTX_free(ctx);

	for (set = WG_VECTOR_NONE; set < WG_VECTOR_SETS; set++) {
		if (!wg_vector_usable(set))
			continue;
		wg_vector_use(set);
		for (i = 0; i < count; i++)
			lay_out(m + i, shapes + i, i, false);
		wg_aead_encrypt_many(m, count, key);
		for (i = 0; i < count; i++)
			encrypted(m + i, shapes + i, i);
		for (i = 0; i < count; i++) {
			lay_out(m + i, shapes + i, i, true);
			k = shapes[i].damage - 1;
			if (shapes[i].damage)
				((u8 *)m[i].src)[k / 8] ^= 1 << k % 8;
		}
		wg_aead_decrypt_many(m, count, key);
		for (i = 0; i < count; i++)
			decrypted(m + i, shapes + i, i);
	}
	return 0;
}
