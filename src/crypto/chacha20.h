/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ChaCha20 (RFC 8439, section 2.4) and HChaCha20 (draft-irtf-cfrg-xchacha-03,
 * section 2.2): the stream cipher of the vendored AEAD, for its use only. The
 * functions leave states that reveal the key on the stack below the frame of
 * their caller. The caller must wipe that stack (wipe.h).
 */
#ifndef WG_CRYPTO_CHACHA20_H
#define WG_CRYPTO_CHACHA20_H

#include <linux/types.h>

#define WG_CHACHA20_BLOCK_LEN 64

/* RFC 8439's 4 by 4 matrix; word 12 is the block counter. Holds the key. */
struct wg_chacha20 {
	u32 word[16];
};

/* The counter starts at block 0. The nonce is 4 zero bytes and @nonce. */
void wg_chacha20_init(struct wg_chacha20 *st, const u8 key[32], u64 nonce);

/*
 * @dst = @src ^ key stream; @dst and @src are equal or do not overlap. The rest
 * of the key stream of the last block is discarded: only the last call of a
 * message may have a length that is not a multiple of WG_CHACHA20_BLOCK_LEN.
 */
void wg_chacha20_xor(struct wg_chacha20 *st, u8 *dst, const u8 *src,
		     size_t len);

/* @subkey may be the same buffer as @key. */
void wg_hchacha20(u8 subkey[32], const u8 key[32], const u8 nonce[16]);

#endif /* WG_CRYPTO_CHACHA20_H */
