/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The Noise IKpsk2 handshake as a function of bytes, keys and time.
 *
 * The functions use no peers, devices or packets, allocate nothing, send nothing and
 * do not wait. The caller looks up peers and indices, holds the locks named below and
 * acts on the return value. All functions run in process context: each does up to three
 * X25519 multiplications of 10 to 300 us.
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
	/* Unknown peer or index, not authentic, or does not fit the state of the handshake. */
	WG_INVALID,
	/* Authentic, but its timestamp is not later than the last accepted one. */
	WG_REPLAYED,
	/* Authentic and new, but too soon after the last accepted initiation. */
	WG_TOO_SOON,
	/* We have no usable key. */
	WG_NO_KEY,
	/* From handshake_io.c only: authentic, but the session gets no memory or no index. */
	WG_NO_MEMORY,
	WG_NO_INDEX,
	/* From handshake_io.c only: peer removed, device down, or wg_sessions_block(). */
	WG_NOT_RUNNING,
};

/* The result of a handshake. Holds secrets: wipe it. */
struct wg_session_keys {
	u8 sending[WG_KEY_LEN];
	u8 receiving[WG_KEY_LEN];
	__le32 remote_index;
	bool initiator;
};

/*
 * handshake.c, the constants: computes the transcript with which every handshake starts. Called
 * once, before the other functions.
 */
void wg_handshake_module_init(void);

/* handshake.c, keys */

/*
 * Sets or clears the key pair of a device. The caller must call wg_handshake_precompute() for
 * every handshake of the device before it releases the lock that guards @identity.
 * @private_key: 32 bytes, clamped here; all zeros mean "none"
 */
void wg_identity_set(struct wg_identity *identity, const u8 private_key[WG_KEY_LEN]);

/*
 * Whether wg_identity_set() would change nothing. Needs no X25519 multiplication. Its time does
 * not depend on @identity.
 */
bool wg_identity_is(const struct wg_identity *identity, const u8 private_key[WG_KEY_LEN]);

/* Initialises the state for a peer with this public key. */
void wg_handshake_init(struct wg_handshake *hs, const u8 remote_static[WG_KEY_LEN]);

/*
 * Computes the static-static secret again after a key change. A peer with a public key of low
 * order is unusable with every key of ours. The other peers of the device are not affected.
 */
void wg_handshake_precompute(struct wg_handshake *hs, const struct wg_identity *identity);

/*
 * Wipes a handshake in progress. The long-term keys, our last timestamp and the members that
 * protect against replay (latest timestamp, time of the last accepted initiation) stay. The
 * caller removes hs->index from the table, before or after.
 */
void wg_handshake_clear(struct wg_handshake *hs);

/*
 * The timestamp of the next initiation to this peer, in TAI64N: the wall clock, or one step after
 * our last timestamp to this peer if that is later. The low resolution hides the exact clock of
 * this host. @wall_ns: wall clock, nanoseconds since 1970.
 */
void wg_handshake_timestamp(struct wg_handshake *hs, u8 out[WG_TIMESTAMP_LEN], u64 wall_ns);

/* handshake.c, initiator */

/*
 * Creates the first message, without its macs. Return: false if the device has no key or the
 * peer's key is unusable.
 * @hs: index already in the table
 * @timestamp: from wg_handshake_timestamp(), later than all that we sent to the peer
 * @msg: written only if true is returned
 */
bool wg_handshake_create_initiation(struct wg_handshake *hs, const struct wg_identity *identity,
				    const u8 timestamp[WG_TIMESTAMP_LEN],
				    struct wg_msg_initiation *msg);

/*
 * Reads the second message. Return: WG_ACCEPTED, and wg_handshake_derive() is next; otherwise
 * @hs is unchanged.
 */
enum wg_verdict wg_handshake_consume_response(struct wg_handshake *hs,
					      const struct wg_identity *identity,
					      const struct wg_msg_response *msg);

/* handshake.c, responder */

/*
 * Decrypts the static key that an initiation claims. The claim is not proven yet: with our
 * public key, an initiation can be made that claims any static key.
 * wg_handshake_accept_initiation() verifies the claim.
 * @decrypted: written only if WG_ACCEPTED is returned; the caller wipes it
 */
enum wg_verdict wg_handshake_decrypt_initiation(struct wg_decrypted_initiation *decrypted,
						const struct wg_identity *identity,
					     const struct wg_msg_initiation *msg);

/*
 * Verifies a decrypted initiation and stores it. Return: WG_ACCEPTED, and
 * wg_handshake_create_response() is next; otherwise @hs is unchanged, and a handshake that we
 * began goes on.
 * @hs: of the peer with the key decrypted->remote_static
 * @now_ns: boot time
 */
enum wg_verdict wg_handshake_accept_initiation(struct wg_handshake *hs,
					       const struct wg_decrypted_initiation *decrypted,
					       u64 now_ns);

/*
 * Creates the second message, without its macs.
 * @hs: index already in the table, after wg_handshake_accept_initiation()
 * @msg: written only if true is returned
 */
bool wg_handshake_create_response(struct wg_handshake *hs, struct wg_msg_response *msg);

/* handshake.c, both */

/*
 * Derives session keys from a finished handshake. Return: false if the handshake is not
 * finished. If true, all ephemeral values are wiped and @hs is idle; its index is still in the
 * table, for the new session.
 */
bool wg_handshake_derive(struct wg_handshake *hs, struct wg_session_keys *keys);

#endif
