/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ChaCha20 (RFC 8439, section 2.4) over WG_LANES blocks at once: word i of all
 * blocks is one vector, with a lane for each block. The blocks may belong to
 * different messages under one key. The source of an instruction set defines,
 * before it includes this file:
 *
 *   WG_LANES                 4, 8 or 16
 *   wg_lanes                 a vector of WG_LANES u32
 *   wg_lanes_at_any          the same at any address, and with any alias
 *   wg_lanes_numbers         the vector 0, 1, 2...
 *   wg_lanes_rol(v, n)       the lanes of v rotated left by n = 16, 12, 8 or 7 bits
 *   wg_lanes_mix32(a, b)     in each 16 bytes: *a is a0 b0 a1 b1, *b is a2 b2 a3 b3
 *   wg_lanes_mix64(a, b)     in each 16 bytes: *a is a0 a1 b0 b1, *b is a2 a3 b2 b3
 *   wg_lanes_join(blocks, w, i, n)
 *                            stores blocks n, n + 4... whose parts of 16 bytes are
 *                            those of w[i], w[i + 4], w[i + 8] and w[i + 12]: block
 *                            n is in blocks[16 / WG_LANES * n] and the next ones
 *
 * It may define WG_LANES_OWN_XOR_PART and a faster wg_lanes_xor_part().
 *
 * No loop over vectors depends on the unrolling of the compiler: a variable
 * index would keep the vectors in memory.
 */
#ifndef WG_CRYPTO_CHACHA20_LANES_H
#define WG_CRYPTO_CHACHA20_LANES_H

#include <linux/compiler.h>
#include <linux/kernel.h>

#include "bytes.h"
#include "chacha20.h"
#include "vector_sets.h"

#define WG_LANES_BLOCK (16 / WG_LANES)

/* The next byte in an array of runs. */
struct wg_lanes_place {
	const struct wg_chacha20_run *run, *end;
	/* Bytes of @run that are done. */
	u32 done;
};

/* The words of the first states that differ between lanes. */
struct wg_lanes_starts {
	wg_lanes counter, nonce_low, nonce_high;
};

static __always_inline wg_lanes wg_lanes_all(u32 x)
{
	return x - (wg_lanes){ 0 };
}

static __always_inline wg_lanes wg_lanes_select(wg_lanes mask, wg_lanes yes, wg_lanes no)
{
	return no ^ (mask & (yes ^ no));
}

/*
 * Gives the lanes the blocks from @place on. Lanes after the end of the last run
 * get other blocks, whose key stream is not used. The vectors are computed: a
 * load of a vector that was stored by lanes waits for the stores.
 */
static __always_inline void wg_lanes_start(struct wg_lanes_starts *starts,
					   struct wg_lanes_place place)
{
	const wg_lanes numbers = wg_lanes_numbers;
	const struct wg_chacha20_run *run = place.run;
	wg_lanes mask;
	u32 lane;

	starts->counter = numbers + (run->counter + place.done / WG_CHACHA20_BLOCK_LEN);
	starts->nonce_low = wg_lanes_all((u32)run->nonce);
	starts->nonce_high = wg_lanes_all((u32)(run->nonce >> 32));
	lane = DIV_ROUND_UP(run->len - place.done, WG_CHACHA20_BLOCK_LEN);
	while (lane < WG_LANES && ++run < place.end) {
		mask = (wg_lanes)(numbers >= wg_lanes_all(lane));
		starts->counter = wg_lanes_select(mask, numbers + (run->counter - lane),
						  starts->counter);
		starts->nonce_low = wg_lanes_select(mask, wg_lanes_all((u32)run->nonce),
						    starts->nonce_low);
		starts->nonce_high = wg_lanes_select(mask, wg_lanes_all((u32)(run->nonce >> 32)),
						     starts->nonce_high);
		lane += DIV_ROUND_UP(run->len, WG_CHACHA20_BLOCK_LEN);
	}
}

static __always_inline void wg_lanes_quarter(wg_lanes *a, wg_lanes *b, wg_lanes *c, wg_lanes *d)
{
	*a += *b;
	*d = wg_lanes_rol(*d ^ *a, 16);
	*c += *d;
	*b = wg_lanes_rol(*b ^ *c, 12);
	*a += *b;
	*d = wg_lanes_rol(*d ^ *a, 8);
	*c += *d;
	*b = wg_lanes_rol(*b ^ *c, 7);
}

/*
 * A double round. The CPU executes the quarter rounds of a round side by side. To
 * interleave them here is slower, since it needs more registers.
 */
static __always_inline void wg_lanes_rounds(wg_lanes *x)
{
	wg_lanes_quarter(x + 0, x + 4, x + 8, x + 12);
	wg_lanes_quarter(x + 1, x + 5, x + 9, x + 13);
	wg_lanes_quarter(x + 2, x + 6, x + 10, x + 14);
	wg_lanes_quarter(x + 3, x + 7, x + 11, x + 15);

	wg_lanes_quarter(x + 0, x + 5, x + 10, x + 15);
	wg_lanes_quarter(x + 1, x + 6, x + 11, x + 12);
	wg_lanes_quarter(x + 2, x + 7, x + 8, x + 13);
	wg_lanes_quarter(x + 3, x + 4, x + 9, x + 14);
}

/*
 * Words w[0] to w[3] of all blocks become 16 bytes of each block: those of w[0] are
 * of blocks 0, 4, 8 and 12, as many as a vector holds; w[1] begins with block 2,
 * w[2] with block 1, w[3] with block 3.
 */
static __always_inline void wg_lanes_transpose4(wg_lanes *w)
{
	wg_lanes_mix32(w, w + 1);
	wg_lanes_mix32(w + 2, w + 3);
	wg_lanes_mix64(w, w + 2);
	wg_lanes_mix64(w + 1, w + 3);
}

/* Turns the vectors w[16] of words into those of blocks. */
static __always_inline void wg_lanes_transpose(wg_lanes *w)
{
	wg_lanes t[16] = { w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7],
			   w[8], w[9], w[10], w[11], w[12], w[13], w[14], w[15] };

	wg_lanes_transpose4(t);
	wg_lanes_transpose4(t + 4);
	wg_lanes_transpose4(t + 8);
	wg_lanes_transpose4(t + 12);
	wg_lanes_join(w, t, 0, 0);
	wg_lanes_join(w, t, 2, 1);
	wg_lanes_join(w, t, 1, 2);
	wg_lanes_join(w, t, 3, 3);
}

static __always_inline void wg_lanes_blocks(wg_lanes *x, const u8 *key,
					    const struct wg_lanes_starts *starts)
{
	int i;

	/* "expand 32-byte k" */
	x[0] = wg_lanes_all(0x61707865);
	x[1] = wg_lanes_all(0x3320646e);
	x[2] = wg_lanes_all(0x79622d32);
	x[3] = wg_lanes_all(0x6b206574);
	x[4] = wg_lanes_all(wg_load_le32(key));
	x[5] = wg_lanes_all(wg_load_le32(key + 4));
	x[6] = wg_lanes_all(wg_load_le32(key + 8));
	x[7] = wg_lanes_all(wg_load_le32(key + 12));
	x[8] = wg_lanes_all(wg_load_le32(key + 16));
	x[9] = wg_lanes_all(wg_load_le32(key + 20));
	x[10] = wg_lanes_all(wg_load_le32(key + 24));
	x[11] = wg_lanes_all(wg_load_le32(key + 28));
	x[12] = starts->counter;
	x[13] = wg_lanes_all(0);
	x[14] = starts->nonce_low;
	x[15] = starts->nonce_high;
	for (i = 0; i < 20; i += 2)
		wg_lanes_rounds(x);
	/* Loaded again, because the registers are needed in the rounds. */
	barrier();
	x[0] += 0x61707865;
	x[1] += 0x3320646e;
	x[2] += 0x79622d32;
	x[3] += 0x6b206574;
	x[4] += wg_load_le32(key);
	x[5] += wg_load_le32(key + 4);
	x[6] += wg_load_le32(key + 8);
	x[7] += wg_load_le32(key + 12);
	x[8] += wg_load_le32(key + 16);
	x[9] += wg_load_le32(key + 20);
	x[10] += wg_load_le32(key + 24);
	x[11] += wg_load_le32(key + 28);
	x[12] += starts->counter;
	x[14] += starts->nonce_low;
	x[15] += starts->nonce_high;
	wg_lanes_transpose(x);
}

/* dst = src ^ w for a block. */
static __always_inline void wg_lanes_xor(u8 *dst, const u8 *src, const wg_lanes *w)
{
	wg_lanes_at_any *const to = (wg_lanes_at_any *)dst;
	const wg_lanes_at_any *const from = (const wg_lanes_at_any *)src;

	to[0] = from[0] ^ w[0];
	if (WG_LANES_BLOCK > 1)
		to[1] = from[1] ^ w[1];
	if (WG_LANES_BLOCK > 2) {
		to[2] = from[2] ^ w[2];
		to[3] = from[3] ^ w[3];
	}
}

#ifndef WG_LANES_OWN_XOR_PART
/* The same for @len bytes, less than a block. */
static __always_inline void wg_lanes_xor_part(u8 *dst, const u8 *src, u32 len, const wg_lanes *w)
{
	wg_lanes block[WG_LANES_BLOCK];
	const u8 *from = (const u8 *)block;

	block[0] = w[0];
	block[1] = w[1];
	if (WG_LANES_BLOCK > 2) {
		block[2] = w[2];
		block[3] = w[3];
	}
	for (; len >= 8; len -= 8, dst += 8, src += 8, from += 8)
		wg_store_le64(dst, wg_load_le64(src) ^ wg_load_le64(from));
	for (; len; --len)
		*dst++ = *src++ ^ *from++;
}
#endif

/* Uses the key stream of one lane, and moves @place on. */
static __always_inline void wg_lanes_out(struct wg_lanes_place *place, const wg_lanes *w)
{
	const struct wg_chacha20_run *run = place->run;
	u32 left;

	if (unlikely(run == place->end))
		return;
	left = run->len - place->done;
	if (likely(left >= WG_CHACHA20_BLOCK_LEN))
		wg_lanes_xor(run->dst + place->done, run->src + place->done, w);
	else
		wg_lanes_xor_part(run->dst + place->done, run->src + place->done, left, w);
	place->done += WG_CHACHA20_BLOCK_LEN;
	if (unlikely(left <= WG_CHACHA20_BLOCK_LEN)) {
		place->done = 0;
		++place->run;
	}
}

static __always_inline void wg_lanes_runs(const u8 *key, const struct wg_chacha20_run *runs,
					  unsigned int count)
{
	struct wg_lanes_place place = { .run = runs, .end = runs + count };
	struct wg_lanes_starts starts;
	wg_lanes x[16];

	while (place.run != place.end) {
		wg_lanes_start(&starts, place);
		wg_lanes_blocks(x, key, &starts);
		wg_lanes_out(&place, x);
		wg_lanes_out(&place, x + WG_LANES_BLOCK);
		wg_lanes_out(&place, x + WG_LANES_BLOCK * 2);
		wg_lanes_out(&place, x + WG_LANES_BLOCK * 3);
		if (WG_LANES > 4) {
			wg_lanes_out(&place, x + WG_LANES_BLOCK * 4);
			wg_lanes_out(&place, x + WG_LANES_BLOCK * 5);
			wg_lanes_out(&place, x + WG_LANES_BLOCK * 6);
			wg_lanes_out(&place, x + WG_LANES_BLOCK * 7);
		}
		if (WG_LANES > 8) {
			wg_lanes_out(&place, x + WG_LANES_BLOCK * 8);
			wg_lanes_out(&place, x + WG_LANES_BLOCK * 9);
			wg_lanes_out(&place, x + WG_LANES_BLOCK * 10);
			wg_lanes_out(&place, x + WG_LANES_BLOCK * 11);
			wg_lanes_out(&place, x + WG_LANES_BLOCK * 12);
			wg_lanes_out(&place, x + WG_LANES_BLOCK * 13);
			wg_lanes_out(&place, x + WG_LANES_BLOCK * 14);
			wg_lanes_out(&place, x + WG_LANES_BLOCK * 15);
		}
	}
}

#endif /* WG_CRYPTO_CHACHA20_LANES_H */
