/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The wire: message layouts and the protocol's constants, nothing else.
 *
 * Layouts and labels are those of the WireGuard paper (Donenfeld, NDSS 2017,
 * section 5.4); the values in "enum wg_limits" are its section 6.
 */
#ifndef WG_MESSAGES_H
#define WG_MESSAGES_H

#include <linux/kernel.h>
#include <linux/types.h>

/* A macro, and word for word that of uapi/linux/wireguard.h, so that both can be included. */
#define WG_KEY_LEN 32

enum wg_lengths {
	WG_HASH_LEN = 32,
	WG_TAG_LEN = 16,
	WG_MAC_LEN = 16,
	WG_COOKIE_LEN = 16,
	WG_COOKIE_NONCE_LEN = 24,
	WG_TIMESTAMP_LEN = 12,
	/* Plaintext is padded to a multiple of this many bytes. */
	WG_PADDING = 16,
};

enum wg_message_type {
	WG_MSG_INVALID = 0,
	WG_MSG_INITIATION = 1,
	WG_MSG_RESPONSE = 2,
	WG_MSG_COOKIE = 3,
	WG_MSG_DATA = 4,
};

/*
 * The three bytes after the type are reserved and zero, so that the first four
 * bytes are the type as a little-endian number.
 */
struct wg_msg_header {
	__le32 type;
};

struct wg_msg_macs {
	u8 mac1[WG_MAC_LEN];
	u8 mac2[WG_MAC_LEN];
};

struct wg_msg_initiation {
	struct wg_msg_header header;
	__le32 sender;
	u8 ephemeral[WG_KEY_LEN];
	u8 static_encrypted[WG_KEY_LEN + WG_TAG_LEN];
	u8 timestamp_encrypted[WG_TIMESTAMP_LEN + WG_TAG_LEN];
	struct wg_msg_macs macs;
};

struct wg_msg_response {
	struct wg_msg_header header;
	__le32 sender;
	__le32 receiver;
	u8 ephemeral[WG_KEY_LEN];
	u8 empty_encrypted[WG_TAG_LEN];
	struct wg_msg_macs macs;
};

struct wg_msg_cookie {
	struct wg_msg_header header;
	__le32 receiver;
	u8 nonce[WG_COOKIE_NONCE_LEN];
	u8 cookie_encrypted[WG_COOKIE_LEN + WG_TAG_LEN];
};

struct wg_msg_data {
	struct wg_msg_header header;
	__le32 receiver;
	__le64 counter;
	u8 ciphertext[];
};

/* What a data message adds to its plaintext, padding apart. */
#define WG_DATA_OVERHEAD (sizeof(struct wg_msg_data) + WG_TAG_LEN)
/* A data message without plaintext is a keepalive. */
#define WG_KEEPALIVE_LEN WG_DATA_OVERHEAD

/* The only version of the protocol there is, as the configuration names it. */
#define WG_PROTOCOL_VERSION 1

/* Handshake packets go out as DSCP AF41 with no ECN (paper and whitepaper errata). */
#define WG_HANDSHAKE_TOS 0x88

/* A build for tests has low limits, which a test can reach. */
#ifdef WG_TEST_LIMITS
#define WG_REKEY_AFTER_MESSAGES 200ULL
#define WG_REJECT_AFTER_MESSAGES 400ULL
#define WG_PEERS 40
#define WG_INDICES 64U
/* Enough draws to find the last free index. */
#define WG_INDEX_DRAWS 4096U
#else
#define WG_REKEY_AFTER_MESSAGES (1ULL << 60)
/* Leaves room for the replay window below the 64-bit counter's end. */
#define WG_REJECT_AFTER_MESSAGES (U64_MAX - (1ULL << 13))
/* 2^20; as a plain number, which an error message shows. */
#define WG_PEERS 1048576
#define WG_INDICES (1ULL << 32)
/*
 * With 2^22 entries, the most a device can have, one draw in 1,024 hits a used
 * index: as many in a row as this means broken random numbers.
 */
#define WG_INDEX_DRAWS 64U
#endif

/* In 64 bits everywhere: the kernel's NSEC_PER_SEC is a long. */
#define WG_SEC_NS 1000000000ULL

enum wg_limits {
	/* Seconds. */
	WG_REKEY_AFTER_TIME = 120,
	WG_REJECT_AFTER_TIME = 180,
	WG_REKEY_ATTEMPT_TIME = 90,
	WG_REKEY_TIMEOUT = 5,
	WG_KEEPALIVE_TIMEOUT = 10,
	WG_COOKIE_SECRET_LIFETIME = 120,
	/* How much earlier than its maker the holder of a cookie forgets it. */
	WG_COOKIE_LATENCY = 5,

	/* Milliseconds; upper bound, exclusive. */
	WG_REKEY_JITTER_MS = 334,

	/* Initiations without an answer: the last leaves after Rekey-Attempt-Time, not before. */
	WG_HANDSHAKE_ATTEMPTS = WG_REKEY_ATTEMPT_TIME / WG_REKEY_TIMEOUT + 2,
	/* Accepted initiations a peer and second. */
	WG_INITIATIONS_PER_SECOND = 50,

	/* Packets. */
	WG_MAX_STAGED = 128,
	/* Batches; of a device, and of a peer. */
	WG_MAX_QUEUED = 1024,
	WG_MAX_QUEUED_HANDSHAKES = 4096,
	WG_MAX_PEERS = WG_PEERS,

	/* Bits, of which one machine word is always being cleared (RFC 6479). */
	WG_REPLAY_BITS = 8192,
};

#endif
