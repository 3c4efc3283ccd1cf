// SPDX-License-Identifier: GPL-2.0
/*
 * Two sides make handshakes in any order, over a wire that changes, loses, repeats and invents
 * messages. A message with a change that the handshake authenticates is refused and has no
 * effect. If both sides get keys from one handshake, the keys are the same.
 */
#include <linux/random.h>
#include "fuzz.h"
#include "handshake.h"
#include "wg_limits.h"

#define START (100 * WG_SEC_NS)

struct end {
	struct wg_identity identity;
	struct wg_handshake hs;
	/* The newest message of each kind that this side made. */
	struct wg_msg_initiation initiation;
	struct wg_msg_response response;
	bool initiated, responded;
	/* Changes of the handshake's state so far, and their number when the response was made. */
	unsigned int changes, response_at;
	u32 clock;
};

static struct end ends[2];

static void end_init(struct end *e, const u8 private_key[32], const u8 remote[32], u32 index)
{
	memset(e, 0, sizeof(*e));
	wg_identity_set(&e->identity, private_key);
	wg_handshake_init(&e->hs, remote);
	wg_handshake_precompute(&e->hs, &e->identity);
	e->hs.index.index = cpu_to_le32(index);
}

static void initiate(struct end *e, u8 later)
{
	/* Timestamps of another handshake, which may repeat. */
	struct wg_handshake unused = {};
	u8 stamp[WG_TIMESTAMP_LEN];

	e->clock += later;
	wg_handshake_timestamp(&unused, stamp, (1000000ULL + e->clock) * WG_SEC_NS);
	claim(wg_handshake_create_initiation(&e->hs, &e->identity, stamp, &e->initiation));
	e->initiated = true;
	e->changes++;
}

static void respond(struct end *e)
{
	struct wg_handshake before = e->hs;

	if (!wg_handshake_create_response(&e->hs, &e->response)) {
		claim(before.state != WG_HANDSHAKE_GOT_INITIATION);
		claim(!memcmp(&before, &e->hs, sizeof(before)));
		return;
	}
	claim(before.state == WG_HANDSHAKE_GOT_INITIATION);
	e->responded = true;
	e->response_at = ++e->changes;
}

/* Flips bits of one byte; true if that byte is one that the handshake authenticates. */
static bool damage(struct fuzz_input *in, void *msg, size_t from, size_t to, size_t size)
{
	size_t at = fuzz_u8(in) % size;
	u8 bits = fuzz_u8(in);

	((u8 *)msg)[at] ^= bits;
	return bits && at >= from && at < to;
}

static void deliver_initiation(struct end *to, const struct wg_msg_initiation *msg, bool forged,
			       u64 now)
{
	struct wg_handshake before = to->hs;
	struct wg_decrypted_initiation decrypted;
	enum wg_verdict verdict;

	verdict = wg_handshake_decrypt_initiation(&decrypted, &to->identity, msg);
	if (verdict == WG_ACCEPTED)
		verdict = wg_handshake_accept_initiation(&to->hs, &decrypted, now);
	claim(verdict == WG_ACCEPTED || !memcmp(&before, &to->hs, sizeof(before)));
	claim(!forged || verdict == WG_INVALID);
	if (verdict == WG_ACCEPTED) {
		claim(!before.heard || memcmp(to->hs.latest_timestamp, before.latest_timestamp,
					      WG_TIMESTAMP_LEN) > 0);
		claim(!before.heard ||
		      now - before.accepted_ns >= WG_SEC_NS / WG_INITIATIONS_PER_SECOND);
		to->changes++;
	}
}

static void deliver_response(struct end *to, struct end *from, const struct wg_msg_response *msg,
			     bool forged, bool intact)
{
	struct wg_handshake before = to->hs;
	struct wg_session_keys mine, theirs;
	enum wg_verdict verdict;

	verdict = wg_handshake_consume_response(&to->hs, &to->identity, msg);
	claim(verdict == WG_ACCEPTED || !memcmp(&before, &to->hs, sizeof(before)));
	claim(!forged || verdict == WG_INVALID);
	if (verdict != WG_ACCEPTED)
		return;
	claim(before.state == WG_HANDSHAKE_SENT_INITIATION);
	to->changes++;
	/* Is the other side still in the state in which it made this response? */
	if (!intact || from->response_at != from->changes)
		return;
	claim(wg_handshake_derive(&to->hs, &mine) && wg_handshake_derive(&from->hs, &theirs));
	to->changes++;
	from->changes++;
	claim(!memcmp(mine.sending, theirs.receiving, WG_KEY_LEN));
	claim(!memcmp(mine.receiving, theirs.sending, WG_KEY_LEN));
	claim(memcmp(mine.sending, mine.receiving, WG_KEY_LEN));
	claim(mine.initiator && !theirs.initiator);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const u8 private_keys[2][WG_KEY_LEN] = {
		{ [1] = 1, [31] = 0x40 }, { [1] = 2, [31] = 0x40 }
	};
	struct fuzz_input in = { data, size };
	struct wg_msg_initiation initiation;
	struct wg_msg_response response;
	struct wg_identity other;
	struct end *e, *peer;
	u64 now = START;
	bool forged;
	u8 op;

	fuzz_reset_random();
	wg_handshake_module_init();
	wg_identity_set(&other, private_keys[1]);
	end_init(&ends[0], private_keys[0], other.public_key, 0x01020304);
	end_init(&ends[1], private_keys[1], ends[0].identity.public_key, 0xfffefdfc);
	while (in.left) {
		op = fuzz_u8(&in);
		e = &ends[op & 1];
		peer = &ends[!(op & 1)];
		/* 0 to 320 ms. */
		now += (op >> 4) * 20000000ULL;
		switch (op >> 1 & 7) {
		case 0:
			initiate(e, fuzz_u8(&in) % 4);
			break;
		case 1:
			if (peer->initiated)
				deliver_initiation(e, &peer->initiation, false, now);
			break;
		case 2:
			respond(e);
			break;
		case 3:
			if (peer->responded)
				deliver_response(e, peer, &peer->response, false, true);
			break;
		case 4:
			if (!peer->initiated)
				break;
			initiation = peer->initiation;
			forged = damage(&in, &initiation, 8, 116, sizeof(initiation));
			deliver_initiation(e, &initiation, forged, now);
			break;
		case 5:
			if (!peer->responded)
				break;
			response = peer->response;
			forged = damage(&in, &response, 12, 60, sizeof(response));
			deliver_response(e, peer, &response, forged, false);
			break;
		case 6:
			fuzz_bytes(&in, &initiation, sizeof(initiation));
			deliver_initiation(e, &initiation, true, now);
			break;
		case 7:
			fuzz_bytes(&in, &response, sizeof(response));
			deliver_response(e, peer, &response, true, false);
			break;
		}
	}
	return 0;
}
