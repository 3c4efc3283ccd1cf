/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Times, counts and queue lengths. Those of the protocol are from section 6 of the
 * WireGuard paper (Donenfeld, NDSS 2017). Not named limits.h, because the C library of the
 * host has a header of that name.
 */
#ifndef WG_LIMITS_H
#define WG_LIMITS_H

#include <linux/kernel.h>
#include <linux/types.h>

/* A build for tests has limits that a test can reach. */
#ifdef WG_TEST_LIMITS
#define WG_REKEY_AFTER_MESSAGES 200ULL
#define WG_REJECT_AFTER_MESSAGES 400ULL
#define WG_PEERS 40
#define WG_INDICES 64U
/* Enough draws to find the last free index. */
#define WG_INDEX_DRAWS 4096U
#else
#define WG_REKEY_AFTER_MESSAGES (1ULL << 60)
/* The greatest 64-bit counter minus WG_REPLAY_BITS, as in the paper. */
#define WG_REJECT_AFTER_MESSAGES (U64_MAX - WG_REPLAY_BITS)
/* 2^20, as a plain number because an error message contains it. */
#define WG_PEERS 1048576
#define WG_INDICES (1ULL << 32)
/*
 * A device has at most 2^22 entries, so one draw in 1,024 hits a used index. This many
 * hits in a row mean that the random number generator is broken.
 */
#define WG_INDEX_DRAWS 64U
#endif

/* NSEC_PER_SEC is a long, which has 32 bits on some machines. */
#define WG_SEC_NS 1000000000ULL
#define WG_REKEY_TIMEOUT_NS (WG_REKEY_TIMEOUT * WG_SEC_NS)

enum wg_limits {
	/* Seconds. */
	WG_REKEY_AFTER_TIME = 120,
	WG_REJECT_AFTER_TIME = 180,
	WG_REKEY_ATTEMPT_TIME = 90,
	WG_REKEY_TIMEOUT = 5,
	WG_KEEPALIVE_TIMEOUT = 10,
	WG_COOKIE_SECRET_LIFETIME = 120,
	/* A peer discards a cookie this much earlier than the issuer discards its secret. */
	WG_COOKIE_LATENCY = 5,

	/* Milliseconds; upper bound, exclusive. */
	WG_REKEY_JITTER_MS = 334,

	/* Initiations without an answer; the last one is sent after Rekey-Attempt-Time. */
	WG_HANDSHAKE_ATTEMPTS = WG_REKEY_ATTEMPT_TIME / WG_REKEY_TIMEOUT + 2,
	/* Accepted initiations of a peer per second. */
	WG_INITIATIONS_PER_SECOND = 50,

	/* Packets. */
	WG_MAX_STAGED = 128,
	/* Batches; of a device, and of a peer. */
	WG_MAX_QUEUED = 1024,
	WG_MAX_QUEUED_HANDSHAKES = 4096,
	WG_MAX_PEERS = WG_PEERS,

	/* Bits of the bitmap; the window is smaller by almost a word: see session.c. */
	WG_REPLAY_BITS = 8192,
};

#endif
