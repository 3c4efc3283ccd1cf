/* SPDX-License-Identifier: GPL-2.0 */
/*
 * mac1, mac2 and cookies (WireGuard paper, sections 5.4.4 and 5.4.7): they
 * decide which messages may cause the costly part of a handshake.
 *
 * A checker belongs to a device and checks the macs of received messages. A jar
 * belongs to a peer and writes the macs of sent messages. Each has its own lock
 * and may be used in process context and softirq. Any number of CPUs check
 * messages concurrently: they copy the keys and compute without a lock.
 */
#ifndef WG_COOKIE_H
#define WG_COOKIE_H

#include <linux/seqlock.h>
#include <linux/spinlock.h>
#include "messages.h"

struct wg_cookie_checker {
	/* Guards all members; written when the key or the secret changes. */
	seqlock_t lock;
	bool keyed;
	u8 mac1_key[WG_HASH_LEN];
	u8 cookie_key[WG_HASH_LEN];
	u8 secret[WG_HASH_LEN];
	bool secret_set;
	u64 secret_born_ns;
};

struct wg_cookie_jar {
	/* Guards all members. */
	spinlock_t lock;
	u8 mac1_key[WG_HASH_LEN];
	u8 cookie_key[WG_HASH_LEN];
	u8 cookie[WG_COOKIE_LEN];
	bool cookie_set;
	u64 cookie_born_ns;
	u8 last_mac1[WG_MAC_LEN];
	bool awaits_reply;
};

/* The source address and port of a message, as the bytes that a cookie is computed from. */
struct wg_cookie_source {
	u8 bytes[16 + 2];
	u8 len;
};

enum wg_mac_verdict {
	WG_MAC_WRONG,
	/* mac1 is right; mac2 is wrong or zero. */
	WG_MAC_RIGHT,
	/* mac2 is right, too: the sender receives packets at its address. */
	WG_MAC_WITH_COOKIE,
};

/* cookie.c, checker */

/* Initialises a checker without a key, which finds every mac wrong. */
void wg_cookie_checker_init(struct wg_cookie_checker *checker);

/* Wipes the secret. The next cookie gets a new one. */
void wg_cookie_checker_forget(struct wg_cookie_checker *checker);

/* Sets the public key of the device; NULL for none. */
void wg_cookie_checker_rekey(struct wg_cookie_checker *checker, const u8 *public_key);

/*
 * Whether the sender of a handshake message has our public key. @msg is an initiation or a
 * response; @len is the length of its type.
 */
bool wg_cookie_mac1_right(struct wg_cookie_checker *checker, const void *msg, size_t len);

/* Checks the macs of a handshake message. @msg and @len as above; @now_ns is boot time. */
enum wg_mac_verdict wg_cookie_check(struct wg_cookie_checker *checker, const void *msg, size_t len,
				    const struct wg_cookie_source *source, u64 now_ns);

/*
 * Creates the reply that requires a sender to prove its address. Return: false if the device no
 * longer has a key; then send nothing.
 * @msg: @len bytes, with the right mac1
 * @receiver: the sender index of @msg
 */
bool wg_cookie_make_reply(struct wg_cookie_checker *checker, struct wg_msg_cookie *reply,
			  const void *msg, size_t len, __le32 receiver,
			  const struct wg_cookie_source *source, u64 now_ns);

/* cookie.c, jar */

/* Initialises the jar of the peer with this public key, without a cookie. */
void wg_cookie_jar_init(struct wg_cookie_jar *jar, const u8 remote_static[WG_KEY_LEN]);

/*
 * Writes mac1 and mac2 into a finished handshake message. mac2 is left zero if there is no
 * cookie, or if the peer is about to forget its secret.
 */
void wg_cookie_stamp(struct wg_cookie_jar *jar, void *msg, size_t len, u64 now_ns);

/*
 * Stores the cookie from a reply to the last stamped message. Return: false if the reply does
 * not authenticate or no message awaits one. At most one reply is accepted for a message.
 */
bool wg_cookie_take_reply(struct wg_cookie_jar *jar, const struct wg_msg_cookie *reply,
			  u64 now_ns);

/* cookie.c, source */

/* Stores an address and a port. @addr_len: 4 or 16 bytes; @addr and @port are in network order. */
void wg_cookie_source_set(struct wg_cookie_source *source, const void *addr, size_t addr_len,
			  __be16 port);

#endif
