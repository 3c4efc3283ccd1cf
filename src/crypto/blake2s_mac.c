// SPDX-License-Identifier: GPL-2.0
/*
 * One-shot BLAKE2s and HMAC-BLAKE2s (RFC 2104), on top of the incremental
 * functions of either backend. The kernel's one-shot function differs between
 * releases, and not all releases have its HMAC.
 */
#include "blake2s_hash.h"

#include <linux/string.h>

#define HMAC_IPAD 0x36
#define HMAC_OPAD 0x5c

void wg_blake2s(u8 *out, size_t outlen, const u8 *key, size_t keylen,
		const u8 *in, size_t inlen)
{
	struct wg_blake2s st;

	wg_blake2s_init_key(&st, outlen, key, keylen);
	wg_blake2s_update(&st, in, inlen);
	wg_blake2s_final(&st, out);
}

/* One of the two hashes of HMAC: the key block xored with @pad, then @in. */
static void wg_blake2s_hmac_pass(u8 out[WG_BLAKE2S_LEN],
				 const u8 block[WG_BLAKE2S_BLOCK_LEN], u8 pad,
				 const u8 *in, size_t inlen)
{
	u8 padded[WG_BLAKE2S_BLOCK_LEN];
	struct wg_blake2s st;
	int i;

	for (i = 0; i < WG_BLAKE2S_BLOCK_LEN; i++)
		padded[i] = block[i] ^ pad;
	wg_blake2s_init(&st, WG_BLAKE2S_LEN);
	wg_blake2s_update(&st, padded, sizeof(padded));
	wg_blake2s_update(&st, in, inlen);
	wg_blake2s_final(&st, out);
	memzero_explicit(padded, sizeof(padded));
}

void wg_blake2s_hmac(u8 out[WG_BLAKE2S_LEN], const u8 *key, size_t keylen,
		     const u8 *in, size_t inlen)
{
	u8 block[WG_BLAKE2S_BLOCK_LEN] = { 0 };
	u8 inner[WG_BLAKE2S_LEN];

	if (keylen > sizeof(block))
		wg_blake2s(block, WG_BLAKE2S_LEN, NULL, 0, key, keylen);
	else if (keylen)
		memcpy(block, key, keylen);
	wg_blake2s_hmac_pass(inner, block, HMAC_IPAD, in, inlen);
	wg_blake2s_hmac_pass(out, block, HMAC_OPAD, inner, sizeof(inner));
	memzero_explicit(block, sizeof(block));
	memzero_explicit(inner, sizeof(inner));
}
