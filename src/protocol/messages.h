/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The wire format: message layouts and lengths, nothing else.
 *
 * Layouts and labels are those of the WireGuard paper (Donenfeld, NDSS 2017,
 * section 5.4).
 */
#ifndef WG_MESSAGES_H
#define WG_MESSAGES_H

#include <linux/kernel.h>
#include <linux/types.h>

/* The same definition as in uapi/linux/wireguard.h, so that both can be included. */
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
 * The type is one byte. The three bytes after it are reserved and zero, so the
 * four bytes are the type as a little-endian number.
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

/* The bytes that a data message adds to its plaintext, without the padding. */
#define WG_DATA_OVERHEAD (sizeof(struct wg_msg_data) + WG_TAG_LEN)
/* A data message without plaintext is a keepalive. */
#define WG_KEEPALIVE_LEN WG_DATA_OVERHEAD

/* The only version of the protocol, as a number of the configuration interface. */
#define WG_PROTOCOL_VERSION 1

/* Handshake packets are sent with DSCP AF41 and without ECN (paper and whitepaper errata). */
#define WG_HANDSHAKE_TOS 0x88

#endif
