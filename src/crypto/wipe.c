// SPDX-License-Identifier: GPL-2.0
/*
 * wg_wipe_stack(): frames without contents, one below the other, that are cleared.
 * A frame is larger than its array: the return address and saved registers, which
 * each call overwrites, and padding, which no call does. So there are two runs of
 * frames; those of the second lie a little deeper and clear what was padding in
 * the first.
 */
#include "wipe.h"

#include <linux/string.h>

/* More than a frame's overhead, and an odd multiple of 8: other padding. */
#define WG_WIPE_SHIFT 72
/* How much of a frame of the second run holds what was padding in the first. */
#define WG_WIPE_OVERLAP 256

noinline void wg_wipe_pieces(unsigned int pieces)
{
	u8 piece[WG_WIPE_PIECE];

	if (pieces > 1)
		wg_wipe_pieces(pieces - 1);
	/* Behind the call, which so needs a frame of its own. */
	memzero_explicit(piece, sizeof(piece));
}

static noinline void wg_wipe_lower_ends(unsigned int pieces)
{
	u8 piece[WG_WIPE_PIECE];

	if (pieces > 1)
		wg_wipe_lower_ends(pieces - 1);
	memzero_explicit(piece, WG_WIPE_OVERLAP);
}

noinline void wg_wipe_gaps(unsigned int pieces)
{
	u8 shift[WG_WIPE_SHIFT];

	if (pieces > 1)
		wg_wipe_lower_ends(pieces - 1);
	memzero_explicit(shift, sizeof(shift));
}
