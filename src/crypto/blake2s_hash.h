/* SPDX-License-Identifier: GPL-2.0 */
/*
 * BLAKE2s (RFC 7693), unkeyed and keyed, with digests of 1 to 32 bytes, and
 * HMAC-BLAKE2s (RFC 2104 over the 32-byte unkeyed hash), for WireGuard's key
 * derivation. No tree hashing, salt or personalisation.
 *
 * All lengths are in bytes. All functions may be called in process context and
 * in softirq, never sleep and never fail. A keyed hash is a MAC; callers must
 * compare it with wg_memneq() (memneq.h).
 */
#ifndef WG_CRYPTO_BLAKE2S_HASH_H
#define WG_CRYPTO_BLAKE2S_HASH_H

#include <linux/types.h>

#ifdef WG_CRYPTO_KERNEL
#include "blake2s_ctx.h"
#endif

#define WG_BLAKE2S_LEN 32	/* longest digest and longest key */
#define WG_BLAKE2S_BLOCK_LEN 64

/* The state of a hash. Opaque; may be on the stack, and may be copied. */
struct wg_blake2s {
#ifdef WG_CRYPTO_KERNEL
	compat_blake2s_ctx ctx;
#else
	u32 h[8];
	u64 fed;		/* bytes compressed so far; RFC 7693's t */
	u8 buf[WG_BLAKE2S_BLOCK_LEN];
	u32 buf_len;		/* 1..64 after the first byte: see wg_blake2s_update() */
	u32 out_len;
#endif
};

/* @outlen: 1..WG_BLAKE2S_LEN. @keylen: 0..WG_BLAKE2S_LEN, 0 is unkeyed. */
void wg_blake2s_init(struct wg_blake2s *st, size_t outlen);
void wg_blake2s_init_key(struct wg_blake2s *st, size_t outlen, const u8 *key,
			 size_t keylen);
void wg_blake2s_update(struct wg_blake2s *st, const u8 *in, size_t len);

/*
 * Writes @outlen bytes, the length given at init. Wipes the state and the stack
 * below the caller's frame. This also removes what earlier calls from the same
 * frame, or from a frame further up the call chain, have left on the stack.
 */
void wg_blake2s_final(struct wg_blake2s *st, u8 *out);

/* One-shot. @out may overlap @key and @in. */
void wg_blake2s(u8 *out, size_t outlen, const u8 *key, size_t keylen,
		const u8 *in, size_t inlen);

/* @keylen: any length. @out may overlap @key and @in. */
void wg_blake2s_hmac(u8 out[WG_BLAKE2S_LEN], const u8 *key, size_t keylen,
		     const u8 *in, size_t inlen);

#endif /* WG_CRYPTO_BLAKE2S_HASH_H */
