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

/*
 * x86 can add a message word directly from memory. Without the barrier compilers load all
 * words first and, since x86 has too few registers, copy them to the stack. Other machines
 * have enough registers, or cannot read words at any alignment.
 */
#if defined(__i386__) || defined(__x86_64__)
#define WG_BLAKE2S_READ_AGAIN() barrier()
#else
#define WG_BLAKE2S_READ_AGAIN() do { } while (0)
#endif

/* RFC 7693, section 3.1: G. The message word is added first, off the critical path. */
#define WG_BLAKE2S_MIX(a, b, c, d, x, y) do {		\
	(a) += wg_load_le32(block + 4 * (x));		\
	(a) += (b);					\
	(d) = ror32((d) ^ (a), 16);			\
	(c) += (d);					\
	(b) = ror32((b) ^ (c), 12);			\
	(a) += wg_load_le32(block + 4 * (y));		\
	(a) += (b);					\
	(d) = ror32((d) ^ (a), 8);			\
	(c) += (d);					\
	(b) = ror32((b) ^ (c), 7);			\
} while (0)

/* A round with the order of the message words of section 2.7. */
#define WG_BLAKE2S_ROUND(s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, sa, sb, sc, sd, se, sf) do { \
	WG_BLAKE2S_MIX(v0, v4, v8, vc, s0, s1);		\
	WG_BLAKE2S_MIX(v1, v5, v9, vd, s2, s3);		\
	WG_BLAKE2S_MIX(v2, v6, va, ve, s4, s5);		\
	WG_BLAKE2S_MIX(v3, v7, vb, vf, s6, s7);		\
	WG_BLAKE2S_READ_AGAIN();			\
	WG_BLAKE2S_MIX(v0, v5, va, vf, s8, s9);		\
	WG_BLAKE2S_MIX(v1, v6, vb, vc, sa, sb);		\
	WG_BLAKE2S_MIX(v2, v7, v8, vd, sc, sd);		\
	WG_BLAKE2S_MIX(v3, v4, v9, ve, se, sf);		\
	WG_BLAKE2S_READ_AGAIN();			\
} while (0)

/*
 * @fed: bytes up to the end of this block, including the key block. Unrolled, so that
 * the message words have fixed places and are read where they are added.
 */
static noinline void wg_blake2s_compress(u32 h[8], const u8 *block, u64 fed, bool last)
{
	u32 v0 = h[0], v1 = h[1], v2 = h[2], v3 = h[3];
	u32 v4 = h[4], v5 = h[5], v6 = h[6], v7 = h[7];
	u32 v8 = wg_blake2s_iv[0], v9 = wg_blake2s_iv[1];
	u32 va = wg_blake2s_iv[2], vb = wg_blake2s_iv[3];
	u32 vc = wg_blake2s_iv[4] ^ (u32)fed;
	u32 vd = wg_blake2s_iv[5] ^ (u32)(fed >> 32);
	u32 ve = wg_blake2s_iv[6] ^ (0 - (u32)last);
	u32 vf = wg_blake2s_iv[7];

	WG_BLAKE2S_ROUND(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
	WG_BLAKE2S_ROUND(14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3);
	WG_BLAKE2S_ROUND(11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4);
	WG_BLAKE2S_ROUND(7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8);
	WG_BLAKE2S_ROUND(9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13);
	WG_BLAKE2S_ROUND(2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9);
	WG_BLAKE2S_ROUND(12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11);
	WG_BLAKE2S_ROUND(13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10);
	WG_BLAKE2S_ROUND(6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5);
	WG_BLAKE2S_ROUND(10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0);

	h[0] ^= v0 ^ v8;
	h[1] ^= v1 ^ v9;
	h[2] ^= v2 ^ va;
	h[3] ^= v3 ^ vb;
	h[4] ^= v4 ^ vc;
	h[5] ^= v5 ^ vd;
	h[6] ^= v6 ^ ve;
	h[7] ^= v7 ^ vf;
}

void wg_blake2s_init(struct wg_blake2s *st, size_t outlen)
{
	wg_blake2s_init_key(st, outlen, NULL, 0);
}

void wg_blake2s_init_key(struct wg_blake2s *st, size_t outlen, const u8 *key,
			 size_t keylen)
{
	int i;

	for (i = 0; i < 8; i++)
		st->h[i] = wg_blake2s_iv[i];
	/* The parameter block: fan-out and depth 1, no tree. */
	st->h[0] ^= 0x01010000 | (u32)keylen << 8 | (u32)outlen;
	st->fed = 0;
	st->buf_len = 0;
	st->out_len = outlen;
	if (keylen) {
		memcpy(st->buf, key, keylen);
		memset(st->buf + keylen, 0, WG_BLAKE2S_BLOCK_LEN - keylen);
		st->buf_len = WG_BLAKE2S_BLOCK_LEN;
	}
}

/* A full buffer may be the last block: it is kept until more data comes. */
void wg_blake2s_update(struct wg_blake2s *st, const u8 *in, size_t len)
{
	size_t room = WG_BLAKE2S_BLOCK_LEN - st->buf_len;

	if (!len)
		return;
	if (st->buf_len && len > room) {
		memcpy(st->buf + st->buf_len, in, room);
		st->fed += WG_BLAKE2S_BLOCK_LEN;
		wg_blake2s_compress(st->h, st->buf, st->fed, false);
		st->buf_len = 0;
		in += room;
		len -= room;
	}
	while (len > WG_BLAKE2S_BLOCK_LEN) {
		st->fed += WG_BLAKE2S_BLOCK_LEN;
		wg_blake2s_compress(st->h, in, st->fed, false);
		in += WG_BLAKE2S_BLOCK_LEN;
		len -= WG_BLAKE2S_BLOCK_LEN;
	}
	memcpy(st->buf + st->buf_len, in, len);
	st->buf_len += len;
}

static noinline void wg_blake2s_do_final(struct wg_blake2s *st, u8 *out)
{
	unsigned int i;

	memset(st->buf + st->buf_len, 0, WG_BLAKE2S_BLOCK_LEN - st->buf_len);
	wg_blake2s_compress(st->h, st->buf, st->fed + st->buf_len, true);
	for (i = 0; i + 4 <= st->out_len; i += 4)
		wg_store_le32(out + i, st->h[i / 4]);
	for (; i < st->out_len; i++)
		out[i] = st->h[i / 4] >> 8 * (i % 4);
	/*
	 * In parts, which compilers turn into single stores. For all of the state they use rep
	 * stos on x86, which takes longer.
	 */
	st->fed = 0;
	st->buf_len = 0;
	st->out_len = 0;
	memzero_explicit(st->h, sizeof(st->h));
	memzero_explicit(st->buf, sizeof(st->buf));
}

void wg_blake2s_final(struct wg_blake2s *st, u8 *out)
{
	wg_blake2s_do_final(st, out);
	wg_wipe_stack(WG_BLAKE2S_PIECES);
}
