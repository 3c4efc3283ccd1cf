// SPDX-License-Identifier: GPL-2.0
/*
 * ChaCha20 and HChaCha20 in portable C, written from RFC 8439 and
 * draft-irtf-cfrg-xchacha-03. There are only additions, xors and rotations by
 * constants, so the time and the memory accesses depend on the length alone.
 * This file does not authenticate.
 */
#include "chacha20.h"

#include <linux/bitops.h>
#include <linux/compiler.h>
#include <linux/string.h>

#include "bytes.h"

static __always_inline void wg_chacha20_quarter(u32 *a, u32 *b, u32 *c, u32 *d)
{
	*a += *b;
	*d = rol32(*d ^ *a, 16);
	*c += *d;
	*b = rol32(*b ^ *c, 12);
	*a += *b;
	*d = rol32(*d ^ *a, 8);
	*c += *d;
	*b = rol32(*b ^ *c, 7);
}

/*
 * Always inlined and with constant indices, so that the matrix of the caller
 * stays in registers.
 */
static __always_inline void wg_chacha20_rounds(u32 x[16])
{
	int i;

	for (i = 0; i < 20; i += 2) {
		wg_chacha20_quarter(x + 0, x + 4, x + 8, x + 12);
		wg_chacha20_quarter(x + 1, x + 5, x + 9, x + 13);
		wg_chacha20_quarter(x + 2, x + 6, x + 10, x + 14);
		wg_chacha20_quarter(x + 3, x + 7, x + 11, x + 15);

		wg_chacha20_quarter(x + 0, x + 5, x + 10, x + 15);
		wg_chacha20_quarter(x + 1, x + 6, x + 11, x + 12);
		wg_chacha20_quarter(x + 2, x + 7, x + 8, x + 13);
		wg_chacha20_quarter(x + 3, x + 4, x + 9, x + 14);
	}
}

static __always_inline void wg_chacha20_load_key(u32 x[16], const u8 key[32])
{
	int i;

	/* "expand 32-byte k" */
	x[0] = 0x61707865;
	x[1] = 0x3320646e;
	x[2] = 0x79622d32;
	x[3] = 0x6b206574;
	for (i = 0; i < 8; i++)
		x[4 + i] = wg_load_le32(key + 4 * i);
}

/* One whole block. @dst may be @src: each word is read before it is written. */
static void wg_chacha20_block(struct wg_chacha20 *st, u8 *dst, const u8 *src)
{
	u32 x[16];
	int i;

	memcpy(x, st->word, sizeof(x));
	wg_chacha20_rounds(x);
	for (i = 0; i < 16; i++)
		wg_store_le32(dst + 4 * i, wg_load_le32(src + 4 * i) ^
					   (x[i] + st->word[i]));
	++st->word[12];
}

void wg_chacha20_init(struct wg_chacha20 *st, const u8 key[32], u64 nonce)
{
	wg_chacha20_load_key(st->word, key);
	st->word[12] = 0;
	st->word[13] = 0;
	st->word[14] = (u32)nonce;
	st->word[15] = (u32)(nonce >> 32);
}

void wg_chacha20_xor(struct wg_chacha20 *st, u8 *dst, const u8 *src,
		     size_t len)
{
	u8 block[WG_CHACHA20_BLOCK_LEN];

	while (len >= WG_CHACHA20_BLOCK_LEN) {
		wg_chacha20_block(st, dst, src);
		dst += WG_CHACHA20_BLOCK_LEN;
		src += WG_CHACHA20_BLOCK_LEN;
		len -= WG_CHACHA20_BLOCK_LEN;
	}
	if (!len)
		return;
	memset(block, 0, sizeof(block));
	memcpy(block, src, len);
	wg_chacha20_block(st, block, block);
	memcpy(dst, block, len);
	/* The bytes after the end of the message are key stream. */
	memzero_explicit(block, sizeof(block));
}

void wg_hchacha20(u8 subkey[32], const u8 key[32], const u8 nonce[16])
{
	u32 x[16];
	int i;

	wg_chacha20_load_key(x, key);
	for (i = 0; i < 4; i++)
		x[12 + i] = wg_load_le32(nonce + 4 * i);
	wg_chacha20_rounds(x);
	for (i = 0; i < 4; i++) {
		wg_store_le32(subkey + 4 * i, x[i]);
		wg_store_le32(subkey + 16 + 4 * i, x[12 + i]);
	}
	memzero_explicit(x, sizeof(x));
}
