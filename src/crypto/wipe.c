// SPDX-License-Identifier: GPL-2.0
/*
 * The functions of wg_wipe_stack(): nested calls, each of which clears an array
 * in its frame. A frame is larger than its array. It has the return address and
 * saved registers, which each call overwrites, and padding, which is not
 * overwritten. So there are two runs of frames. Those of the second run lie a
 * little deeper and clear the padding of the first run.
 */
#include "wipe.h"

#include <linux/compiler.h>
#include <linux/string.h>

/* More than a frame's overhead, and an odd multiple of 8 to move the padding. */
#define WG_WIPE_SHIFT 72
/* The part of a second-run frame that covers padding of the first run. */
#define WG_WIPE_OVERLAP 256

noinline void wg_wipe_pieces(unsigned int pieces)
{
	u8 piece[WG_WIPE_PIECE] WG_UNINITIALIZED;

	if (pieces > 1)
		wg_wipe_pieces(pieces - 1);
	/* After the call: a tail call would not have a frame of its own. */
	memzero_explicit(piece, sizeof(piece));
}

static noinline void wg_wipe_lower_ends(unsigned int pieces)
{
	u8 piece[WG_WIPE_PIECE] WG_UNINITIALIZED;

	if (pieces > 1)
		wg_wipe_lower_ends(pieces - 1);
	memzero_explicit(piece, WG_WIPE_OVERLAP);
}

noinline void wg_wipe_gaps(unsigned int pieces)
{
	unsigned long shift[WG_WIPE_SHIFT / sizeof(long)] WG_UNINITIALIZED;
	unsigned int i;

	if (pieces > 1)
		wg_wipe_lower_ends(pieces - 1);
	/* Single stores: compilers use rep stos for memzero_explicit(), which takes longer. */
	for (i = 0; i < WG_WIPE_SHIFT / sizeof(long); i++)
		WRITE_ONCE(shift[i], 0);
	barrier_data(shift);
}
