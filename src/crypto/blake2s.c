// SPDX-License-Identifier: GPL-2.0
/*
 * The vendored BLAKE2s in portable C, written from RFC 7693. The time and the
 * memory accesses depend on lengths alone. The one-shot and HMAC functions are
 * in blake2s_mac.c, for both backends.
 */
#include "blake2s_hash.h"

#include <linux/bitops.h>
#include <linux/compiler.h>
#include <linux/string.h>

#include "bytes.h"
#include "wipe.h"

/* The argument of wg_wipe_stack() in wg_blake2s_final(). */
#define WG_BLAKE2S_PIECES 1

/* RFC 7693, section 2.6: the same values as in SHA-256. */
static const u32 wg_blake2s_iv[8] = {
	0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
	0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
};

/* RFC 7693, section 2.7: the order of the message words in each round. */
static const u8 wg_blake2s_sigma[10][16] = {
	{ 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 },
	{ 14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3 },
	{ 11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4 },
	{ 7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8 },
	{ 9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13 },
	{ 2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9 },
	{ 12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11 },
	{ 13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10 },
	{ 6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5 },
	{ 10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0 },
};

/* RFC 7693, section 3.1: G. Inlined, so that v stays in registers. */
static __always_inline void wg_blake2s_mix(u32 *a, u32 *b, u32 *c, u32 *d,
					   u32 x, u32 y)
{
	*a += *b + x;
	*d = ror32(*d ^ *a, 16);
	*c += *d;
	*b = ror32(*b ^ *c, 12);
	*a += *b + y;
	*d = ror32(*d ^ *a, 8);
	*c += *d;
	*b = ror32(*b ^ *c, 7);
}

/* @fed: bytes up to the end of this block, including the key block. */
static void wg_blake2s_compress(u32 h[8], const u8 *block, u64 fed, bool last)
{
	u32 m[16], v[16];
	int i;

	for (i = 0; i < 16; i++)
		m[i] = wg_load_le32(block + 4 * i);
	for (i = 0; i < 8; i++) {
		v[i] = h[i];
		v[8 + i] = wg_blake2s_iv[i];
	}
	v[12] ^= (u32)fed;
	v[13] ^= (u32)(fed >> 32);
	if (last)
		v[14] = ~v[14];

	for (i = 0; i < 10; i++) {
		const u8 *s = wg_blake2s_sigma[i];

		wg_blake2s_mix(v + 0, v + 4, v + 8, v + 12,
			       m[s[0]], m[s[1]]);
		wg_blake2s_mix(v + 1, v + 5, v + 9, v + 13,
			       m[s[2]], m[s[3]]);
		wg_blake2s_mix(v + 2, v + 6, v + 10, v + 14,
			       m[s[4]], m[s[5]]);
		wg_blake2s_mix(v + 3, v + 7, v + 11, v + 15,
			       m[s[6]], m[s[7]]);
		wg_blake2s_mix(v + 0, v + 5, v + 10, v + 15,
			       m[s[8]], m[s[9]]);
		wg_blake2s_mix(v + 1, v + 6, v + 11, v + 12,
			       m[s[10]], m[s[11]]);
		wg_blake2s_mix(v + 2, v + 7, v + 8, v + 13,
			       m[s[12]], m[s[13]]);
		wg_blake2s_mix(v + 3, v + 4, v + 9, v + 14,
			       m[s[14]], m[s[15]]);
	}
	for (i = 0; i < 8; i++)
		h[i] ^= v[i] ^ v[8 + i];
	/* With a key, the first block is the key. */
	memzero_explicit(m, sizeof(m));
}

void wg_blake2s_init(struct wg_blake2s *st, size_t outlen)
{
	wg_blake2s_init_key(st, outlen, NULL, 0);
}

void wg_blake2s_init_key(struct wg_blake2s *st, size_t outlen, const u8 *key,
			 size_t keylen)
{
	memset(st, 0, sizeof(*st));
	memcpy(st->h, wg_blake2s_iv, sizeof(st->h));
	/* The parameter block: fan-out and depth 1, no tree. */
	st->h[0] ^= 0x01010000 | (u32)keylen << 8 | (u32)outlen;
	st->out_len = outlen;
	if (keylen) {
		memcpy(st->buf, key, keylen);
		st->buf_len = WG_BLAKE2S_BLOCK_LEN;
	}
}

/* A full buffer may be the last block: it is kept until more data comes. */
void wg_blake2s_update(struct wg_blake2s *st, const u8 *in, size_t len)
{
	size_t room = WG_BLAKE2S_BLOCK_LEN - st->buf_len;

	if (!len)
		return;
	if (len > room) {
		memcpy(st->buf + st->buf_len, in, room);
		st->fed += WG_BLAKE2S_BLOCK_LEN;
		wg_blake2s_compress(st->h, st->buf, st->fed, false);
		st->buf_len = 0;
		in += room;
		len -= room;
		while (len > WG_BLAKE2S_BLOCK_LEN) {
			st->fed += WG_BLAKE2S_BLOCK_LEN;
			wg_blake2s_compress(st->h, in, st->fed, false);
			in += WG_BLAKE2S_BLOCK_LEN;
			len -= WG_BLAKE2S_BLOCK_LEN;
		}
	}
	memcpy(st->buf + st->buf_len, in, len);
	st->buf_len += len;
}

static noinline void wg_blake2s_do_final(struct wg_blake2s *st, u8 *out)
{
	u8 digest[WG_BLAKE2S_LEN];
	int i;

	memset(st->buf + st->buf_len, 0, WG_BLAKE2S_BLOCK_LEN - st->buf_len);
	wg_blake2s_compress(st->h, st->buf, st->fed + st->buf_len, true);
	for (i = 0; i < 8; i++)
		wg_store_le32(digest + 4 * i, st->h[i]);
	memcpy(out, digest, st->out_len);
	memzero_explicit(digest, sizeof(digest));
	memzero_explicit(st, sizeof(*st));
}

void wg_blake2s_final(struct wg_blake2s *st, u8 *out)
{
	wg_blake2s_do_final(st, out);
	wg_wipe_stack(WG_BLAKE2S_PIECES);
}
