// SPDX-License-Identifier: GPL-2.0
/*
 * mac1, mac2 and cookies: any message, changed or not, from any source, at any time. A message
 * for another key has a wrong mac1. A cookie is valid at its own address and port only, and no
 * longer than the secret from which it was made.
 */
#include <linux/random.h>
#include "cookie.h"
#include "fuzz.h"
#include "wg_limits.h"

#define START (1000 * WG_SEC_NS)
#define LIFE (WG_COOKIE_SECRET_LIFETIME * WG_SEC_NS)

static struct wg_cookie_checker checker;
static struct wg_cookie_jar jar;

/* 0 to 3: two addresses, two ports. */
static void source_of(struct wg_cookie_source *source, u8 which)
{
	const u8 addr[16] = { 0x20, 1, which & 1 };

	wg_cookie_source_set(source, addr, which & 4 ? 16 : 4, cpu_to_be16(which & 2 ? 1 : 2));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const u8 key[WG_KEY_LEN] = { 9 };
	struct fuzz_input in = { data, size };
	u8 msg[sizeof(struct wg_msg_initiation)], changed[sizeof(msg)];
	const size_t lengths[] = {
		sizeof(struct wg_msg_initiation), sizeof(struct wg_msg_response)
	};
	struct wg_cookie_source source;
	struct wg_msg_cookie reply = {};
	enum wg_mac_verdict verdict;
	/* The sources of the cookie in the jar, of the one in the message's mac2, and of the
	 * reply. */
	int cookie_source = -1, msg_source = -1, reply_source = -1;
	u64 now = START, cookie_secret = 0, msg_secret = 0, reply_secret = 0;
	bool stamped = false, awaits = false, replied = false, fits;
	u8 stamped_mac1[WG_MAC_LEN], reply_mac1[WG_MAC_LEN];
	size_t len = lengths[0], at;
	u8 op, which, bits;

	fuzz_reset_random();
	wg_cookie_checker_init(&checker);
	memset(msg, 0, sizeof(msg));
	wg_cookie_source_set(&source, msg, 4, 0);
	claim(wg_cookie_check(&checker, msg, len, &source, now) == WG_MAC_WRONG);
	wg_cookie_checker_rekey(&checker, key);
	wg_cookie_jar_init(&jar, key);
	while (in.left) {
		op = fuzz_u8(&in);
		which = op >> 4 & 7;
		source_of(&source, which);
		switch (op & 7) {
		case 0:
			len = lengths[op >> 3 & 1];
			fuzz_bytes(&in, msg, 16);
			wg_cookie_stamp(&jar, msg, len, now);
			msg_source = cookie_source;
			msg_secret = cookie_secret;
			stamped = true;
			awaits = true;
			memcpy(stamped_mac1, msg + len - 2 * WG_MAC_LEN, WG_MAC_LEN);
			break;
		case 1:
			if (!stamped)
				break;
			verdict = wg_cookie_check(&checker, msg, len, &source, now);
			claim(verdict != WG_MAC_WRONG);
			/* Only a cookie of this source, made from a secret that is still valid. */
			claim(verdict != WG_MAC_WITH_COOKIE ||
			      (which == msg_source && msg_secret == checker.secret_born_ns &&
			       now - msg_secret < LIFE));
			break;
		case 2:
			if (!stamped)
				break;
			memcpy(changed, msg, sizeof(changed));
			at = fuzz_u8(&in) % (len - WG_MAC_LEN);
			bits = fuzz_u8(&in);
			changed[at] ^= bits;
			claim((wg_cookie_check(&checker, changed, len, &source, now) ==
			       WG_MAC_WRONG) == !!bits);
			break;
		case 3:
			if (!stamped || !wg_cookie_make_reply(&checker, &reply, msg, len,
							      cpu_to_le32(1), &source, now))
				break;
			replied = true;
			memcpy(reply_mac1, stamped_mac1, WG_MAC_LEN);
			reply_source = which;
			reply_secret = checker.secret_born_ns;
			claim(now - reply_secret < LIFE);
			break;
		case 4:
			/* Once for each stamped message, and for no other message. */
			fits = replied && awaits && !memcmp(stamped_mac1, reply_mac1, WG_MAC_LEN);
			claim(wg_cookie_take_reply(&jar, &reply, now) == fits);
			if (!fits)
				break;
			awaits = false;
			cookie_source = reply_source;
			cookie_secret = reply_secret;
			break;
		case 5: {
			struct wg_msg_cookie forged = reply;
			u8 *bytes = (u8 *)&forged;

			at = offsetof(struct wg_msg_cookie, nonce);
			at += fuzz_u8(&in) % (sizeof(forged) - at);
			bits = fuzz_u8(&in);
			bytes[at] ^= bits;
			claim(!bits || !wg_cookie_take_reply(&jar, &forged, now));
			break;
		}
		case 6:
			now += fuzz_u8(&in) * WG_SEC_NS;
			break;
		case 7:
			at = lengths[op >> 3 & 1];
			fuzz_bytes(&in, changed, at);
			claim(wg_cookie_check(&checker, changed, at, &source, now) == WG_MAC_WRONG);
			break;
		}
	}
	return 0;
}
