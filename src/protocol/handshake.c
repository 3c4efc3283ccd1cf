// SPDX-License-Identifier: GPL-2.0
/*
 * Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s, as in section 5.4 of the WireGuard
 * paper and revision 34 of the Noise specification.
 *
 * Each message is created or read with a transcript on the stack. The handshake
 * changes only after the whole message has been verified, so a forged message
 * never disturbs a handshake in progress.
 */
#include "handshake.h"

#include <linux/bug.h>
#include <linux/cache.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/random.h>
#include <linux/string.h>
#include <asm/byteorder.h>
#include "blake2s_hash.h"
#include "chacha20poly1305.h"
#include "curve25519.h"
#include "memneq.h"
#include "wg_limits.h"

/* The resolution of timestamps: see wg_timestamp(). */
#define WG_TIMESTAMP_GRAIN_NS (1U << 24)

/* The running state of a Noise handshake: chaining key "ck" and hash "h". */
struct wg_transcript {
	u8 ck[WG_HASH_LEN];
	u8 h[WG_HASH_LEN];
};

static struct wg_transcript wg_initial __ro_after_init;

static const char wg_construction[] = "Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s";
static const char wg_identifier[] = "WireGuard v1 zx2c4 Jason@zx2c4.com";

/* HKDF (RFC 5869) over HMAC-BLAKE2s; the first output that is NULL ends the expansion. */
static void wg_kdf(u8 ck[WG_HASH_LEN], const u8 *input, size_t input_len,
		   u8 *out1, u8 *out2, u8 *out3)
{
	u8 prk[WG_HASH_LEN], block[WG_HASH_LEN + 1];
	u8 *const out[] = { out1, out2, out3 };
	size_t len = 0;
	u8 i;

	wg_blake2s_hmac(prk, ck, WG_HASH_LEN, input, input_len);
	for (i = 0; i < ARRAY_SIZE(out) && out[i]; i++) {
		block[len] = i + 1;
		wg_blake2s_hmac(block, prk, sizeof(prk), block, len + 1);
		len = WG_HASH_LEN;
		memcpy(out[i], block, WG_HASH_LEN);
	}
	memzero_explicit(prk, sizeof(prk));
	memzero_explicit(block, sizeof(block));
}

static void wg_mix_hash(struct wg_transcript *t, const void *data, size_t len)
{
	struct wg_blake2s state;

	wg_blake2s_init(&state, WG_HASH_LEN);
	wg_blake2s_update(&state, t->h, WG_HASH_LEN);
	wg_blake2s_update(&state, data, len);
	wg_blake2s_final(&state, t->h);
}

static void wg_mix_key(struct wg_transcript *t, const u8 *input, size_t len, u8 *key)
{
	wg_kdf(t->ck, input, len, t->ck, key, NULL);
}

/* Mixes in a shared secret. False, without a change of @t, if the secret is all zeros. */
static bool __must_check wg_mix_dh(struct wg_transcript *t, u8 *key,
				   const u8 secret[WG_KEY_LEN], const u8 point[WG_KEY_LEN])
{
	u8 shared[WG_KEY_LEN];
	bool good;

	good = wg_curve25519(shared, secret, point);
	if (good)
		wg_mix_key(t, shared, sizeof(shared), key);
	memzero_explicit(shared, sizeof(shared));
	return good;
}

static void wg_mix_psk(struct wg_transcript *t, const u8 psk[WG_KEY_LEN], u8 key[WG_KEY_LEN])
{
	u8 tau[WG_HASH_LEN];

	wg_kdf(t->ck, psk, WG_KEY_LEN, t->ck, tau, key);
	wg_mix_hash(t, tau, sizeof(tau));
	memzero_explicit(tau, sizeof(tau));
}

/* The nonce is zero because every key here encrypts one text only. */
static void wg_encrypt_and_hash(struct wg_transcript *t, u8 *encrypted, const u8 *text, size_t len,
				const u8 key[WG_KEY_LEN])
{
	wg_aead_encrypt(encrypted, text, len, t->h, WG_HASH_LEN, 0, key);
	wg_mix_hash(t, encrypted, len + WG_TAG_LEN);
}

static bool __must_check wg_decrypt_and_hash(struct wg_transcript *t, u8 *text, const u8 *encrypted,
					     size_t encrypted_len, const u8 key[WG_KEY_LEN])
{
	if (!wg_aead_decrypt(text, encrypted, encrypted_len, t->h, WG_HASH_LEN, 0, key))
		return false;
	wg_mix_hash(t, encrypted, encrypted_len);
	return true;
}

/* The caller has checked that the generator is seeded, so that nothing waits under its locks. */
static bool __must_check wg_fresh_ephemeral(u8 private[WG_KEY_LEN], u8 public[WG_KEY_LEN])
{
	get_random_bytes(private, WG_KEY_LEN);
	wg_curve25519_clamp(private);
	return wg_curve25519_public(public, private);
}

static void wg_transcript_start(struct wg_transcript *t, const u8 responder_static[WG_KEY_LEN])
{
	*t = wg_initial;
	wg_mix_hash(t, responder_static, WG_KEY_LEN);
}

static void wg_transcript_save(struct wg_handshake *hs, const struct wg_transcript *t)
{
	memcpy(hs->chaining_key, t->ck, WG_HASH_LEN);
	memcpy(hs->hash, t->h, WG_HASH_LEN);
}

static void wg_transcript_load(struct wg_transcript *t, const u8 ck[WG_HASH_LEN],
			       const u8 h[WG_HASH_LEN])
{
	memcpy(t->ck, ck, WG_HASH_LEN);
	memcpy(t->h, h, WG_HASH_LEN);
}

void __init wg_handshake_module_init(void)
{
	wg_blake2s(wg_initial.ck, WG_HASH_LEN, NULL, 0, (const u8 *)wg_construction,
		   sizeof(wg_construction) - 1);
	memcpy(wg_initial.h, wg_initial.ck, WG_HASH_LEN);
	wg_mix_hash(&wg_initial, wg_identifier, sizeof(wg_identifier) - 1);
}

void wg_identity_set(struct wg_identity *identity, const u8 private_key[WG_KEY_LEN])
{
	memzero_explicit(identity, sizeof(*identity));
	if (!memchr_inv(private_key, 0, WG_KEY_LEN))
		return;
	memcpy(identity->private_key, private_key, WG_KEY_LEN);
	wg_curve25519_clamp(identity->private_key);
	identity->set = wg_curve25519_public(identity->public_key, identity->private_key);
}

bool wg_identity_is(const struct wg_identity *identity, const u8 private_key[WG_KEY_LEN])
{
	u8 key[WG_KEY_LEN];
	bool same;

	memcpy(key, private_key, WG_KEY_LEN);
	if (memchr_inv(key, 0, WG_KEY_LEN))
		wg_curve25519_clamp(key);
	same = !wg_memneq(key, identity->private_key, WG_KEY_LEN);
	memzero_explicit(key, sizeof(key));
	return same;
}

void wg_handshake_init(struct wg_handshake *hs, const u8 remote_static[WG_KEY_LEN])
{
	memset(hs, 0, sizeof(*hs));
	memcpy(hs->remote_static, remote_static, WG_KEY_LEN);
}

void wg_handshake_precompute(struct wg_handshake *hs, const struct wg_identity *identity)
{
	bool usable = identity->set &&
		      wg_curve25519(hs->static_static, identity->private_key, hs->remote_static);

	/* wg_peer_can_initiate() reads it without the lock. */
	WRITE_ONCE(hs->usable, usable);
	if (!usable)
		memzero_explicit(hs->static_static, sizeof(hs->static_static));
}

void wg_handshake_clear(struct wg_handshake *hs)
{
	memzero_explicit(hs->ephemeral_private, sizeof(hs->ephemeral_private));
	memzero_explicit(hs->remote_ephemeral, sizeof(hs->remote_ephemeral));
	memzero_explicit(hs->chaining_key, sizeof(hs->chaining_key));
	memzero_explicit(hs->hash, sizeof(hs->hash));
	hs->remote_index = 0;
	hs->state = WG_HANDSHAKE_IDLE;
}

/*
 * A peer accepts 50 initiations a second, so the nanoseconds are rounded down to a multiple of
 * the greatest power of two below 20 ms.
 */
static void wg_timestamp(u8 out[WG_TIMESTAMP_LEN], u64 unix_seconds, u32 nanoseconds)
{
	__be64 seconds = cpu_to_be64(0x400000000000000aULL + unix_seconds);
	__be32 fraction = cpu_to_be32(nanoseconds & ~(WG_TIMESTAMP_GRAIN_NS - 1));

	/* The grain is more than half of the interval of initiations, and not longer than it. */
	BUILD_BUG_ON(WG_SEC_NS / WG_INITIATIONS_PER_SECOND / WG_TIMESTAMP_GRAIN_NS != 1);
	memcpy(out, &seconds, sizeof(seconds));
	memcpy(out + sizeof(seconds), &fraction, sizeof(fraction));
}

/*
 * A peer refuses a timestamp that is not later than the last one it accepted, and the wall clock
 * may be set back. The timestamp is therefore always later than our last one to this peer. Once
 * the wall clock is later than that timestamp, the wall clock is used again. If the peer is
 * removed here and created again after that, it still accepts our next initiation.
 */
void wg_handshake_timestamp(struct wg_handshake *hs, u8 out[WG_TIMESTAMP_LEN], u64 wall_ns)
{
	u64 seconds;
	u32 rest;

	hs->stamp_ns = max(wall_ns, hs->stamp_ns + WG_TIMESTAMP_GRAIN_NS);
	seconds = div_u64_rem(hs->stamp_ns, WG_SEC_NS, &rest);
	wg_timestamp(out, seconds, rest);
}

bool wg_handshake_create_initiation(struct wg_handshake *hs, const struct wg_identity *identity,
				    const u8 timestamp[WG_TIMESTAMP_LEN],
				    struct wg_msg_initiation *msg)
{
	u8 private[WG_KEY_LEN], key[WG_KEY_LEN];
	struct wg_msg_initiation m = { .header.type = cpu_to_le32(WG_MSG_INITIATION) };
	struct wg_transcript t;
	bool done = false;

	if (!identity->set || !hs->usable)
		return false;

	wg_transcript_start(&t, hs->remote_static);
	if (!wg_fresh_ephemeral(private, m.ephemeral))
		goto out;
	wg_mix_key(&t, m.ephemeral, WG_KEY_LEN, NULL);
	wg_mix_hash(&t, m.ephemeral, WG_KEY_LEN);
	if (!wg_mix_dh(&t, key, private, hs->remote_static))
		goto out;
	wg_encrypt_and_hash(&t, m.static_encrypted, identity->public_key, WG_KEY_LEN, key);
	wg_mix_key(&t, hs->static_static, WG_KEY_LEN, key);
	wg_encrypt_and_hash(&t, m.timestamp_encrypted, timestamp, WG_TIMESTAMP_LEN, key);

	m.sender = hs->index.index;
	memcpy(hs->ephemeral_private, private, WG_KEY_LEN);
	wg_transcript_save(hs, &t);
	hs->state = WG_HANDSHAKE_SENT_INITIATION;
	*msg = m;
	done = true;
out:
	memzero_explicit(private, sizeof(private));
	memzero_explicit(key, sizeof(key));
	memzero_explicit(&t, sizeof(t));
	return done;
}

enum wg_verdict wg_handshake_consume_response(struct wg_handshake *hs,
					      const struct wg_identity *identity,
					      const struct wg_msg_response *msg)
{
	enum wg_verdict verdict = WG_INVALID;
	u8 key[WG_KEY_LEN], nothing[1];
	struct wg_transcript t;

	if (!identity->set)
		return WG_NO_KEY;
	if (hs->state != WG_HANDSHAKE_SENT_INITIATION || msg->receiver != hs->index.index)
		return WG_INVALID;

	wg_transcript_load(&t, hs->chaining_key, hs->hash);
	wg_mix_key(&t, msg->ephemeral, WG_KEY_LEN, NULL);
	wg_mix_hash(&t, msg->ephemeral, WG_KEY_LEN);
	if (!wg_mix_dh(&t, NULL, hs->ephemeral_private, msg->ephemeral) ||
	    !wg_mix_dh(&t, NULL, identity->private_key, msg->ephemeral))
		goto out;
	wg_mix_psk(&t, hs->preshared_key, key);
	if (!wg_decrypt_and_hash(&t, nothing, msg->empty_encrypted, sizeof(msg->empty_encrypted),
				 key))
		goto out;

	memcpy(hs->remote_ephemeral, msg->ephemeral, WG_KEY_LEN);
	wg_transcript_save(hs, &t);
	hs->remote_index = msg->sender;
	hs->state = WG_HANDSHAKE_GOT_RESPONSE;
	verdict = WG_ACCEPTED;
out:
	memzero_explicit(key, sizeof(key));
	memzero_explicit(&t, sizeof(t));
	return verdict;
}

enum wg_verdict wg_handshake_decrypt_initiation(struct wg_decrypted_initiation *decrypted,
						const struct wg_identity *identity,
					     const struct wg_msg_initiation *msg)
{
	enum wg_verdict verdict = WG_INVALID;
	u8 key[WG_KEY_LEN], claimed[WG_KEY_LEN];
	struct wg_transcript t;

	if (!identity->set)
		return WG_NO_KEY;

	wg_transcript_start(&t, identity->public_key);
	wg_mix_key(&t, msg->ephemeral, WG_KEY_LEN, NULL);
	wg_mix_hash(&t, msg->ephemeral, WG_KEY_LEN);
	if (!wg_mix_dh(&t, key, identity->private_key, msg->ephemeral))
		goto out;
	if (!wg_decrypt_and_hash(&t, claimed, msg->static_encrypted, sizeof(msg->static_encrypted),
				 key))
		goto out;

	memcpy(decrypted->remote_static, claimed, WG_KEY_LEN);
	memcpy(decrypted->remote_ephemeral, msg->ephemeral, WG_KEY_LEN);
	memcpy(decrypted->timestamp_encrypted, msg->timestamp_encrypted,
	       sizeof(decrypted->timestamp_encrypted));
	memcpy(decrypted->chaining_key, t.ck, WG_HASH_LEN);
	memcpy(decrypted->hash, t.h, WG_HASH_LEN);
	decrypted->sender = msg->sender;
	verdict = WG_ACCEPTED;
out:
	memzero_explicit(key, sizeof(key));
	memzero_explicit(claimed, sizeof(claimed));
	memzero_explicit(&t, sizeof(t));
	return verdict;
}

enum wg_verdict wg_handshake_accept_initiation(struct wg_handshake *hs,
					       const struct wg_decrypted_initiation *decrypted,
					       u64 now_ns)
{
	const u64 interval = WG_SEC_NS / WG_INITIATIONS_PER_SECOND;
	u8 key[WG_KEY_LEN], timestamp[WG_TIMESTAMP_LEN];
	enum wg_verdict verdict = WG_INVALID;
	struct wg_transcript t;

	if (!hs->usable)
		return WG_NO_KEY;

	wg_transcript_load(&t, decrypted->chaining_key, decrypted->hash);
	wg_mix_key(&t, hs->static_static, WG_KEY_LEN, key);
	if (!wg_decrypt_and_hash(&t, timestamp, decrypted->timestamp_encrypted,
				 sizeof(decrypted->timestamp_encrypted), key))
		goto out;

	/* TAI64N is big-endian, so memcmp() compares times. */
	verdict = WG_REPLAYED;
	if (hs->heard && memcmp(timestamp, hs->latest_timestamp, WG_TIMESTAMP_LEN) <= 0)
		goto out;
	verdict = WG_TOO_SOON;
	if (hs->heard && now_ns - hs->accepted_ns < interval)
		goto out;

	memcpy(hs->latest_timestamp, timestamp, WG_TIMESTAMP_LEN);
	hs->accepted_ns = now_ns;
	hs->heard = true;
	memcpy(hs->remote_ephemeral, decrypted->remote_ephemeral, WG_KEY_LEN);
	wg_transcript_save(hs, &t);
	hs->remote_index = decrypted->sender;
	hs->state = WG_HANDSHAKE_GOT_INITIATION;
	verdict = WG_ACCEPTED;
out:
	memzero_explicit(key, sizeof(key));
	memzero_explicit(&t, sizeof(t));
	return verdict;
}

bool wg_handshake_create_response(struct wg_handshake *hs, struct wg_msg_response *msg)
{
	struct wg_msg_response m = { .header.type = cpu_to_le32(WG_MSG_RESPONSE) };
	u8 private[WG_KEY_LEN], key[WG_KEY_LEN];
	struct wg_transcript t;
	bool done = false;

	if (hs->state != WG_HANDSHAKE_GOT_INITIATION)
		return false;

	wg_transcript_load(&t, hs->chaining_key, hs->hash);
	if (!wg_fresh_ephemeral(private, m.ephemeral))
		goto out;
	wg_mix_key(&t, m.ephemeral, WG_KEY_LEN, NULL);
	wg_mix_hash(&t, m.ephemeral, WG_KEY_LEN);
	if (!wg_mix_dh(&t, NULL, private, hs->remote_ephemeral) ||
	    !wg_mix_dh(&t, NULL, private, hs->remote_static))
		goto out;
	wg_mix_psk(&t, hs->preshared_key, key);
	wg_encrypt_and_hash(&t, m.empty_encrypted, NULL, 0, key);

	m.sender = hs->index.index;
	m.receiver = hs->remote_index;
	wg_transcript_save(hs, &t);
	hs->state = WG_HANDSHAKE_SENT_RESPONSE;
	*msg = m;
	done = true;
out:
	memzero_explicit(private, sizeof(private));
	memzero_explicit(key, sizeof(key));
	memzero_explicit(&t, sizeof(t));
	return done;
}

bool wg_handshake_derive(struct wg_handshake *hs, struct wg_session_keys *keys)
{
	bool initiator = hs->state == WG_HANDSHAKE_GOT_RESPONSE;

	if (!initiator && hs->state != WG_HANDSHAKE_SENT_RESPONSE)
		return false;

	wg_kdf(hs->chaining_key, NULL, 0, initiator ? keys->sending : keys->receiving,
	       initiator ? keys->receiving : keys->sending, NULL);
	keys->remote_index = hs->remote_index;
	keys->initiator = initiator;
	wg_handshake_clear(hs);
	return true;
}
