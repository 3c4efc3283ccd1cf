/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Poly1305 (RFC 8439, section 2.5) as the AEAD construction uses it: every part
 * is padded with zeros to whole 16-byte blocks, so there is no short last block
 * and no buffer between calls. For the vendored AEAD only, which wipes the
 * stack (wipe.h).
 */
#ifndef WG_CRYPTO_POLY1305_H
#define WG_CRYPTO_POLY1305_H

#include <linux/types.h>

#include "int128.h"

#define WG_POLY1305_BLOCK_LEN 16
#define WG_POLY1305_TAG_LEN 16

/*
 * h: the accumulator, partly reduced; r: the clamped multiplier; s: added at
 * the end. All are secret.
 */
struct wg_poly1305 {
#ifdef WG_INT128
	u64 h[3];
	u64 r[2];
#else
	u32 h[5];
	u32 r[5];
#endif
	u32 s[4];
};

/* @key: r, which is clamped here, and s. For one message only. */
void wg_poly1305_init(struct wg_poly1305 *st, const u8 key[32]);

/* Absorbs @len bytes, followed by zeros up to a multiple of 16. */
void wg_poly1305_update_padded(struct wg_poly1305 *st, const u8 *in,
			       size_t len);

/* Wipes the state. */
void wg_poly1305_final(struct wg_poly1305 *st, u8 tag[WG_POLY1305_TAG_LEN]);

#endif /* WG_CRYPTO_POLY1305_H */
