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
 *   wg_lanes_transpose(w)    turns the vectors w[16] of words into those of blocks:
 *                            block n is in w[16 / WG_LANES * n] and the next ones
 *   wg_lanes_xor_part(dst, src, len, w)
 *                            dst = src ^ w for len bytes, less than a block
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
