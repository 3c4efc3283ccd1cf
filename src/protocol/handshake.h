/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The Noise IKpsk2 handshake as a function of bytes, keys and time.
 *
 * The functions use no peers, devices or packets, allocate nothing, send nothing and
 * do not wait. The caller looks up peers and indices, holds the locks named below and
 * acts on the return value. All functions run in process context: each does up to three
 * X25519 multiplications of 30 to 300 us.
 */
#ifndef WG_HANDSHAKE_H
#define WG_HANDSHAKE_H

#include "messages.h"
#include "lookup.h"

/* The static key pair of a device. A lock of the caller guards it. */
struct wg_identity {
	u8 private_key[WG_KEY_LEN];
	u8 public_key[WG_KEY_LEN];
	bool set;
};

enum wg_handshake_state {
	WG_HANDSHAKE_IDLE,
	WG_HANDSHAKE_SENT_INITIATION,
	WG_HANDSHAKE_GOT_INITIATION,
	WG_HANDSHAKE_SENT_RESPONSE,
	WG_HANDSHAKE_GOT_RESPONSE,
};

/* The state of the handshakes with a peer. A mutex of the caller guards all of it. */
struct wg_handshake {
	struct wg_index_node index;
	enum wg_handshake_state state;
	/* The static keys of both sides have a shared secret that is not all zeros. */
	bool usable;
	/* An initiation was accepted, so accepted_ns and latest_timestamp are valid. */
	bool heard;
	__le32 remote_index;
	u64 accepted_ns;
	u8 latest_timestamp[WG_TIMESTAMP_LEN];
	/* Timestamp of our last initiation: nanoseconds since 1970; 0 if there was none. */
	u64 stamp_ns;

	u8 remote_static[WG_KEY_LEN];
	u8 static_static[WG_KEY_LEN];
	u8 preshared_key[WG_KEY_LEN];

	u8 ephemeral_private[WG_KEY_LEN];
	u8 remote_ephemeral[WG_KEY_LEN];
	u8 chaining_key[WG_HASH_LEN];
	u8 hash[WG_HASH_LEN];
};

/* An initiation with its static key decrypted. Holds secrets: wipe it. */
struct wg_decrypted_initiation {
	u8 remote_static[WG_KEY_LEN];
	u8 remote_ephemeral[WG_KEY_LEN];
	u8 timestamp_encrypted[WG_TIMESTAMP_LEN + WG_TAG_LEN];
	u8 chaining_key[WG_HASH_LEN];
	u8 hash[WG_HASH_LEN];
	__le32 sender;
};

enum wg_verdict {
	WG_ACCEPTED,
	/* Does not authenticate, or does not fit the state of the handshake. */
	WG_FORGED,
	/* Authentic, but its timestamp is not later than the last accepted one. */
	WG_REPLAYED,
	/* Authentic and new, but too soon after the last accepted initiation. */
	WG_TOO_SOON,
	/* We have no usable key. */
	WG_NO_KEY,
	/* From handshake_io.c only: authentic, but the session gets no memory or no index. */
	WG_NO_MEMORY,
	WG_NO_INDEX,
	/* From handshake_io.c only: peer removed, device down, or sessions blocked (wg_sessions_block()). */
	WG_ENDING,
};

/* The result of a handshake. Holds secrets: wipe it. */
struct wg_session_keys {
	u8 sending[WG_KEY_LEN];
	u8 receiving[WG_KEY_LEN];
	__le32 remote_index;
	bool initiator;
};

/* handshake.c, the constants; call once, before the other functions */
void wg_handshake_module_init(void);

/* handshake.c, keys */
void wg_identity_set(struct wg_identity *identity, const u8 private_key[WG_KEY_LEN]);
bool wg_identity_is(const struct wg_identity *identity, const u8 private_key[WG_KEY_LEN]);
void wg_handshake_init(struct wg_handshake *hs, const u8 remote_static[WG_KEY_LEN]);
void wg_handshake_precompute(struct wg_handshake *hs, const struct wg_identity *identity);
void wg_handshake_clear(struct wg_handshake *hs);
void wg_timestamp(u8 out[WG_TIMESTAMP_LEN], u64 unix_seconds, u32 nanoseconds);
void wg_handshake_timestamp(struct wg_handshake *hs, u8 out[WG_TIMESTAMP_LEN], u64 wall_ns);

/* handshake.c, initiator */
bool wg_handshake_create_initiation(struct wg_handshake *hs, const struct wg_identity *identity,
				    const u8 timestamp[WG_TIMESTAMP_LEN],
				    struct wg_msg_initiation *msg);
enum wg_verdict wg_handshake_consume_response(struct wg_handshake *hs,
					      const struct wg_identity *identity,
					      const struct wg_msg_response *msg);

/* handshake.c, responder */
enum wg_verdict wg_handshake_decrypt_initiation(struct wg_decrypted_initiation *decrypted,
						const struct wg_identity *identity,
					     const struct wg_msg_initiation *msg);
enum wg_verdict wg_handshake_accept_initiation(struct wg_handshake *hs,
					       const struct wg_decrypted_initiation *decrypted,
					       u64 now_ns);
bool wg_handshake_create_response(struct wg_handshake *hs, struct wg_msg_response *msg);

/* handshake.c, both */
bool wg_handshake_derive(struct wg_handshake *hs, struct wg_session_keys *keys);

#endif
