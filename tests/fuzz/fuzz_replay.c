// SPDX-License-Identifier: GPL-2.0
/*
 * The replay window against a plain list of the accepted counters: none twice, none from beyond
 * the window or past the last counter, all others once.
 */
#include <linux/random.h>
#include "fuzz.h"
#include "session.h"
#include "wg_limits.h"

#define LAST (WG_REJECT_AFTER_MESSAGES - 1)
#define WINDOW (WG_REPLAY_BITS - BITS_PER_LONG + 1)
#define MOST 2048

static u64 accepted[MOST];
static size_t count;

static bool was_accepted(u64 counter)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (accepted[i] == counter)
			return true;
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, size };
	struct wg_replay replay = {};
	u64 counter = 0, greatest = 0;
	bool any = false, expected;

	count = 0;
	while (in.left && count < MOST) {
		switch (fuzz_u8(&in) % 6) {
		case 0:
			counter = fuzz_u64(&in);
			break;
		case 1:
			counter++;
			break;
		case 2:
			counter -= fuzz_u8(&in);
			break;
		case 3:
			counter += fuzz_u16(&in);
			break;
		case 4:
			counter = greatest - fuzz_u16(&in) % (2 * WINDOW);
			break;
		case 5:
			counter = LAST - fuzz_u8(&in) + 8;
			break;
		}
		expected = counter <= LAST && !was_accepted(counter) &&
			   !(any && greatest >= WINDOW && counter <= greatest - WINDOW);
		claim(wg_replay_check(&replay, counter) == expected);
		if (!expected)
			continue;
		accepted[count++] = counter;
		if (!any || counter > greatest)
			greatest = counter;
		any = true;
	}
	return 0;
}
