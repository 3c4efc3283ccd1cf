// SPDX-License-Identifier: GPL-2.0
/*
 * Computes and checks mac1 and mac2; creates and decrypts cookie replies.
 *
 * wg_admit_handshake() in handshake_io.c decides which messages get a cookie reply.
 */
#include "cookie.h"

#include <linux/lockdep.h>
#include <linux/random.h>
#include <linux/string.h>
#include <asm/byteorder.h>
#include "memneq.h"
#include "blake2s_hash.h"
#include "chacha20poly1305.h"
#include "wg_limits.h"

#define WG_LABEL_LEN 8

static const u8 wg_label_mac1[WG_LABEL_LEN + 1] = "mac1----";
static const u8 wg_label_cookie[WG_LABEL_LEN + 1] = "cookie--";

static void wg_label_key(u8 key[WG_HASH_LEN], const u8 label[WG_LABEL_LEN],
			 const u8 public_key[WG_KEY_LEN])
{
	struct wg_blake2s state;

	wg_blake2s_init(&state, WG_HASH_LEN);
	wg_blake2s_update(&state, label, WG_LABEL_LEN);
	wg_blake2s_update(&state, public_key, WG_KEY_LEN);
	wg_blake2s_final(&state, key);
}

/* The macs are the last 32 bytes of a message. */
static struct wg_msg_macs *wg_macs_of(const void *msg, size_t len)
{
	return (struct wg_msg_macs *)((u8 *)msg + len - sizeof(struct wg_msg_macs));
}

static void wg_mac1(u8 mac1[WG_MAC_LEN], const void *msg, size_t len,
		    const u8 key[WG_HASH_LEN])
{
	wg_blake2s(mac1, WG_MAC_LEN, key, WG_HASH_LEN, msg,
		   len - sizeof(struct wg_msg_macs));
}

static void wg_mac2(u8 mac2[WG_MAC_LEN], const void *msg, size_t len,
		    const u8 cookie[WG_COOKIE_LEN])
{
	wg_blake2s(mac2, WG_MAC_LEN, cookie, WG_COOKIE_LEN, msg,
		   len - sizeof(((struct wg_msg_macs *)0)->mac2));
}

static void wg_cookie_from(u8 cookie[WG_COOKIE_LEN], const u8 secret[WG_HASH_LEN],
			   const struct wg_cookie_source *source)
{
	wg_blake2s(cookie, WG_COOKIE_LEN, secret, WG_HASH_LEN, source->bytes, source->len);
}

/* Ages are signed: another CPU may have read a later time and created the secret with it. */
static bool wg_secret_fresh(const struct wg_cookie_checker *checker, u64 now_ns)
{
	s64 age = now_ns - checker->secret_born_ns;

	return checker->secret_set && age < (s64)(WG_COOKIE_SECRET_LIFETIME * WG_SEC_NS);
}

/* Copies the secret; the caller wipes the copy. False if the secret is too old or not set. */
static bool wg_copy_secret(struct wg_cookie_checker *checker, u8 secret[WG_HASH_LEN], u64 now_ns)
{
	unsigned int seq;
	bool fresh;

	do {
		seq = read_seqbegin(&checker->lock);
		fresh = wg_secret_fresh(checker, now_ns);
		memcpy(secret, checker->secret, WG_HASH_LEN);
	} while (read_seqretry(&checker->lock, seq));
	return fresh;
}

/* Copies @key, one of the keys of @checker. False if the device has no key. */
static bool wg_copy_key(struct wg_cookie_checker *checker, u8 copy[WG_HASH_LEN],
			const u8 key[WG_HASH_LEN])
{
	unsigned int seq;
	bool keyed;

	do {
		seq = read_seqbegin(&checker->lock);
		keyed = checker->keyed;
		memcpy(copy, key, WG_HASH_LEN);
	} while (read_seqretry(&checker->lock, seq));
	return keyed;
}

void wg_cookie_checker_init(struct wg_cookie_checker *checker)
{
	memset(checker, 0, sizeof(*checker));
	seqlock_init(&checker->lock);
}

void wg_cookie_checker_forget(struct wg_cookie_checker *checker)
{
	write_seqlock_bh(&checker->lock);
	memzero_explicit(checker->secret, sizeof(checker->secret));
	checker->secret_set = false;
	write_sequnlock_bh(&checker->lock);
}

void wg_cookie_checker_rekey(struct wg_cookie_checker *checker, const u8 *public_key)
{
	u8 mac1_key[WG_HASH_LEN] = {}, cookie_key[WG_HASH_LEN] = {};

	if (public_key) {
		wg_label_key(mac1_key, wg_label_mac1, public_key);
		wg_label_key(cookie_key, wg_label_cookie, public_key);
	}
	write_seqlock_bh(&checker->lock);
	checker->keyed = public_key;
	memcpy(checker->mac1_key, mac1_key, WG_HASH_LEN);
	memcpy(checker->cookie_key, cookie_key, WG_HASH_LEN);
	write_sequnlock_bh(&checker->lock);
	memzero_explicit(mac1_key, sizeof(mac1_key));
	memzero_explicit(cookie_key, sizeof(cookie_key));
}

bool wg_cookie_mac1_right(struct wg_cookie_checker *checker, const void *msg, size_t len)
{
	u8 key[WG_HASH_LEN], expected[WG_MAC_LEN];
	bool right;

	right = wg_copy_key(checker, key, checker->mac1_key);
	if (right) {
		wg_mac1(expected, msg, len, key);
		right = !wg_memneq(expected, wg_macs_of(msg, len)->mac1, WG_MAC_LEN);
		memzero_explicit(expected, sizeof(expected));
	}
	memzero_explicit(key, sizeof(key));
	return right;
}

enum wg_mac_verdict wg_cookie_check(struct wg_cookie_checker *checker, const void *msg, size_t len,
				    const struct wg_cookie_source *source, u64 now_ns)
{
	u8 expected[WG_MAC_LEN], cookie[WG_COOKIE_LEN], secret[WG_HASH_LEN];
	const struct wg_msg_macs *macs = wg_macs_of(msg, len);
	enum wg_mac_verdict verdict = WG_MAC_RIGHT;

	if (!wg_cookie_mac1_right(checker, msg, len))
		return WG_MAC_WRONG;
	/* Saves two hashes for messages without a mac2, which are most of them. */
	if (!memchr_inv(macs->mac2, 0, WG_MAC_LEN))
		return WG_MAC_RIGHT;
	if (wg_copy_secret(checker, secret, now_ns)) {
		wg_cookie_from(cookie, secret, source);
		wg_mac2(expected, msg, len, cookie);
		if (!wg_memneq(expected, macs->mac2, WG_MAC_LEN))
			verdict = WG_MAC_WITH_COOKIE;
		memzero_explicit(expected, sizeof(expected));
		memzero_explicit(cookie, sizeof(cookie));
	}
	memzero_explicit(secret, sizeof(secret));
	return verdict;
}

/* Computes the cookie of @source. One CPU renews the secret first if it is too old. */
static void wg_cookie_now(struct wg_cookie_checker *checker, u8 cookie[WG_COOKIE_LEN],
			  const struct wg_cookie_source *source, u64 now_ns)
{
	u8 secret[WG_HASH_LEN];

	if (!wg_copy_secret(checker, secret, now_ns)) {
		write_seqlock_bh(&checker->lock);
		if (!wg_secret_fresh(checker, now_ns)) {
			get_random_bytes(checker->secret, WG_HASH_LEN);
			checker->secret_born_ns = now_ns;
			checker->secret_set = true;
		}
		memcpy(secret, checker->secret, WG_HASH_LEN);
		write_sequnlock_bh(&checker->lock);
	}
	wg_cookie_from(cookie, secret, source);
	memzero_explicit(secret, sizeof(secret));
}

bool wg_cookie_make_reply(struct wg_cookie_checker *checker, struct wg_msg_cookie *reply,
			  const void *msg, size_t len, __le32 receiver,
			  const struct wg_cookie_source *source, u64 now_ns)
{
	u8 key[WG_HASH_LEN], cookie[WG_COOKIE_LEN];
	bool keyed;

	keyed = wg_copy_key(checker, key, checker->cookie_key);
	if (keyed) {
		wg_cookie_now(checker, cookie, source, now_ns);
		reply->header.type = cpu_to_le32(WG_MSG_COOKIE);
		reply->receiver = receiver;
		get_random_bytes(reply->nonce, sizeof(reply->nonce));
		wg_xaead_encrypt(reply->cookie_encrypted, cookie, WG_COOKIE_LEN,
				 wg_macs_of(msg, len)->mac1, WG_MAC_LEN, reply->nonce, key);
		memzero_explicit(cookie, sizeof(cookie));
	}
	memzero_explicit(key, sizeof(key));
	return keyed;
}

void wg_cookie_jar_init(struct wg_cookie_jar *jar, const u8 remote_static[WG_KEY_LEN])
{
	memset(jar, 0, sizeof(*jar));
	spin_lock_init(&jar->lock);
	wg_label_key(jar->mac1_key, wg_label_mac1, remote_static);
	wg_label_key(jar->cookie_key, wg_label_cookie, remote_static);
}

/*
 * mac2 is zero if the peer may discard the secret of our cookie before the message arrives. A
 * mac2 that no longer matches would only cost the peer a hash.
 */
void wg_cookie_stamp(struct wg_cookie_jar *jar, void *msg, size_t len, u64 now_ns)
{
	const u64 lifetime = (WG_COOKIE_SECRET_LIFETIME - WG_COOKIE_LATENCY) * WG_SEC_NS;
	struct wg_msg_macs *macs = wg_macs_of(msg, len);

	spin_lock_bh(&jar->lock);
	wg_mac1(macs->mac1, msg, len, jar->mac1_key);
	memcpy(jar->last_mac1, macs->mac1, WG_MAC_LEN);
	jar->awaits_reply = true;
	if (jar->cookie_set && (s64)(now_ns - jar->cookie_born_ns) < (s64)lifetime)
		wg_mac2(macs->mac2, msg, len, jar->cookie);
	else
		memset(macs->mac2, 0, WG_MAC_LEN);
	spin_unlock_bh(&jar->lock);
}

bool wg_cookie_take_reply(struct wg_cookie_jar *jar, const struct wg_msg_cookie *reply,
			  u64 now_ns)
{
	u8 cookie[WG_COOKIE_LEN];
	bool good = false;

	spin_lock_bh(&jar->lock);
	if (jar->awaits_reply &&
	    wg_xaead_decrypt(cookie, reply->cookie_encrypted, sizeof(reply->cookie_encrypted),
			     jar->last_mac1, WG_MAC_LEN, reply->nonce, jar->cookie_key)) {
		memcpy(jar->cookie, cookie, WG_COOKIE_LEN);
		jar->cookie_born_ns = now_ns;
		jar->cookie_set = true;
		jar->awaits_reply = false;
		good = true;
	}
	spin_unlock_bh(&jar->lock);
	memzero_explicit(cookie, sizeof(cookie));
	return good;
}

void wg_cookie_source_set(struct wg_cookie_source *source, const void *addr, size_t addr_len,
			  __be16 port)
{
	memcpy(source->bytes, addr, addr_len);
	memcpy(source->bytes + addr_len, &port, sizeof(port));
	source->len = addr_len + sizeof(port);
}
