// SPDX-License-Identifier: GPL-2.0
/*
 * ChaCha20-Poly1305 for many messages, with the code of vector_SET.c: the choice
 * of the set, the sections between wg_vector_unit_begin() and wg_vector_unit_end(),
 * and the construction of RFC 8439.
 *
 * A section disables preemption, except on arm64 from 6.8 on, so it processes at
 * most WG_SECTION_BYTES. A longer message takes several sections. Between two
 * sections all state is on the stack, mostly in struct wg_vector_work, and the
 * stack is wiped at the end.
 */
#include "vector.h"

#include <linux/bug.h>
#include <linux/cache.h>
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/moduleparam.h>
#include <linux/string.h>

#include "bytes.h"
#include "chacha20.h"
#include "memneq.h"
#include "poly1305.h"
#include "vector_sets.h"
#include "vector_unit.h"
#include "wipe.h"

/* Kbuild.crypto defines WG_WITH_SET for the sets that the compiler can build. */
#ifdef WG_WITH_neon
#define WG_WITH_NEON 1
#else
#define WG_WITH_NEON 0
#endif
#ifdef WG_WITH_ssse3
#define WG_WITH_SSSE3 1
#else
#define WG_WITH_SSSE3 0
#endif
#ifdef WG_WITH_avx2
#define WG_WITH_AVX2 1
#else
#define WG_WITH_AVX2 0
#endif
#ifdef WG_WITH_avx512
#define WG_WITH_AVX512 1
#else
#define WG_WITH_AVX512 0
#endif

/* Messages in one section, and MAC keys that are computed together. */
#define WG_SECTION_MESSAGES 8
/* The portable code is faster for a single message of up to this many bytes. */
#define WG_PORTABLE_BYTES 64
/* The argument of wg_wipe_stack() in the exported functions. */
#define WG_VECTOR_PIECES 4

/* What is computed in one section and used in the next one, or by another file. */
struct wg_vector_work {
	/* Never used at the same time. */
	union {
		struct wg_poly1305_powers powers[WG_POWERS_MANY];
		struct wg_chacha20_run runs[2 * WG_SECTION_MESSAGES];
	};
	/* Poly1305 keys of the messages. */
	u8 keys[WG_SECTION_MESSAGES][32];
};

static enum wg_vector_set wg_vector_serves __read_mostly;
static enum wg_vector_set wg_vector_limit = WG_VECTOR_SETS - 1;
/* The name of wg_vector_serves, for readers of the parameter. */
static const char *wg_vector_shown = "none";

const char *wg_vector_name(enum wg_vector_set set)
{
	static const char *const names[WG_VECTOR_SETS] = {
		[WG_VECTOR_NONE] = "none",
		[WG_VECTOR_NEON] = "neon",
		[WG_VECTOR_SSSE3] = "ssse3",
		[WG_VECTOR_AVX2] = "avx2",
		[WG_VECTOR_AVX512] = "avx512",
	};

	return names[set];
}

/* Whether the set is for this architecture. */
static bool wg_vector_is_ours(enum wg_vector_set set)
{
	return set == WG_VECTOR_NONE || (set == WG_VECTOR_NEON) == WG_WITH_NEON;
}

/* "auto", or the highest set to use. With an unknown name the module does not load. */
static int wg_vector_parameter_set(const char *value, const struct kernel_param *kp)
{
	enum wg_vector_set set;

	if (sysfs_streq(value, "auto")) {
		wg_vector_limit = WG_VECTOR_SETS - 1;
		return 0;
	}
	for (set = WG_VECTOR_NONE; set < WG_VECTOR_SETS; set++) {
		if (wg_vector_is_ours(set) && sysfs_streq(value, wg_vector_name(set))) {
			wg_vector_limit = set;
			return 0;
		}
	}
	return -EINVAL;
}

/*
 * A getter ends its line on kernels from 4.15 on. On older ones its caller does. The kernel's own
 * getter is right on all of them.
 */
static const struct kernel_param_ops wg_vector_parameter_ops = {
	.set = wg_vector_parameter_set,
	.get = param_get_charp,
};

module_param_cb(simd, &wg_vector_parameter_ops, &wg_vector_shown, 0444);
MODULE_PARM_DESC(simd,
		 "Vector instructions of the built-in cryptography, at most: auto, none, ssse3, avx2 or avx512, on arm64 neon; after loading, those in use");

enum wg_vector_set wg_vector_current(void)
{
	return wg_vector_serves;
}

bool wg_vector_usable(enum wg_vector_set set)
{
	switch (set) {
	case WG_VECTOR_NONE:
		return true;
	case WG_VECTOR_NEON:
		return WG_WITH_NEON && wg_cpu_has_neon();
	case WG_VECTOR_SSSE3:
		return WG_WITH_SSSE3 && wg_cpu_has_ssse3();
	case WG_VECTOR_AVX2:
		return WG_WITH_AVX2 && wg_cpu_has_avx2();
	case WG_VECTOR_AVX512:
		return WG_WITH_AVX512 && wg_cpu_has_avx512();
	default:
		return false;
	}
}

enum wg_vector_set wg_vector_allowed(void)
{
	return wg_vector_limit;
}

void wg_vector_use(enum wg_vector_set set)
{
	wg_vector_serves = set;
	wg_vector_shown = wg_vector_name(set);
}

/* Calls the function of the current set. Below WG_VECTOR_AVX2 none has code for Poly1305. */
static void wg_vector_chacha20(const u8 *key, const struct wg_chacha20_run *runs,
			       unsigned int count)
{
	if (WG_WITH_AVX512 && wg_vector_serves == WG_VECTOR_AVX512)
		wg_chacha20_avx512(key, runs, count);
	else if (WG_WITH_AVX2 && wg_vector_serves == WG_VECTOR_AVX2)
		wg_chacha20_avx2(key, runs, count);
	else if (WG_WITH_NEON)
		wg_chacha20_neon(key, runs, count);
	else if (WG_WITH_SSSE3)
		wg_chacha20_ssse3(key, runs, count);
}

static bool wg_vector_has_poly1305(void)
{
	return wg_vector_serves >= WG_VECTOR_AVX2;
}

static void wg_vector_powers(struct wg_poly1305_powers *powers, const u8 keys[][32],
			     unsigned int count)
{
	if (WG_WITH_AVX512 && wg_vector_serves == WG_VECTOR_AVX512)
		wg_powers_avx512(powers, keys, count);
	else if (WG_WITH_AVX2)
		wg_powers_avx2(powers, keys, count);
}

static void wg_vector_poly1305(struct wg_poly1305 *mac, const struct wg_poly1305_powers *powers,
			       const u8 *text, size_t blocks)
{
	if (WG_WITH_AVX512 && wg_vector_serves == WG_VECTOR_AVX512)
		wg_poly1305_avx512(mac, powers, text, blocks);
	else if (WG_WITH_AVX2)
		wg_poly1305_avx2(mac, powers, text, blocks);
}

/* Ends a section. A task that runs next could otherwise find keys in the registers. */
static void wg_vector_end(void)
{
	if (WG_WITH_AVX512 && wg_vector_serves == WG_VECTOR_AVX512)
		wg_zero_avx512();
	else if (WG_WITH_AVX2 && wg_vector_serves == WG_VECTOR_AVX2)
		wg_zero_avx2();
	else if (WG_WITH_NEON)
		wg_zero_neon();
	else if (WG_WITH_SSSE3)
		wg_zero_ssse3();
	wg_vector_unit_end();
}

static bool wg_vector_is_long(u32 len)
{
	return wg_vector_has_poly1305() && len >= WG_POWERS_BLOCKS * WG_POLY1305_BLOCK_LEN;
}

/* Absorbs a part of a message. @powers: NULL, or those of the key of @mac */
static void wg_vector_absorb(struct wg_poly1305 *mac, const struct wg_poly1305_powers *powers,
			     const u8 *text, u32 len)
{
	u32 blocks = len / WG_POLY1305_BLOCK_LEN;

	if (powers && blocks >= WG_POWERS_BLOCKS) {
		wg_vector_poly1305(mac, powers, text, blocks);
		text += blocks * WG_POLY1305_BLOCK_LEN;
		len -= blocks * WG_POLY1305_BLOCK_LEN;
	}
	wg_poly1305_update_padded(mac, text, len);
}

/* The tag of a message of @len bytes that @mac has absorbed. Wipes @mac. */
static void wg_vector_tag(struct wg_poly1305 *mac, u8 tag[WG_AEAD_TAG_LEN], u32 len)
{
	u8 lens[WG_POLY1305_BLOCK_LEN] = { 0 };

	wg_store_le64(lens + 8, len);
	wg_poly1305_update_padded(mac, lens, sizeof(lens));
	wg_poly1305_final(mac, tag);
}

/* Adds the block of each message from which its MAC key is taken. Returns the next run. */
static struct wg_chacha20_run *wg_vector_key_runs(struct wg_vector_work *work,
						  const struct wg_aead_message *messages,
						  unsigned int count)
{
	struct wg_chacha20_run *run = work->runs;
	unsigned int i;

	memset(work->keys, 0, count * sizeof(work->keys[0]));
	for (i = 0; i < count; i++)
		*run++ = (struct wg_chacha20_run) {
			.dst = work->keys[i], .src = work->keys[i],
			.len = sizeof(work->keys[i]), .nonce = messages[i].nonce,
		};
	return run;
}

/* Adds @len bytes of a message from @at on, a multiple of a block. Returns the next run. */
static struct wg_chacha20_run *wg_vector_text_run(struct wg_chacha20_run *run,
						  const struct wg_aead_message *m, u32 at, u32 len)
{
	if (!len)
		return run;
	*run = (struct wg_chacha20_run) {
		.dst = m->dst + at, .src = m->src + at, .len = len, .nonce = m->nonce,
		.counter = 1 + at / WG_CHACHA20_BLOCK_LEN,
	};
	return run + 1;
}

/*
 * The powers of the messages of a section if one of them is long. Returns NULL if
 * none is.
 * @keys: of these messages
 */
static const struct wg_poly1305_powers *wg_vector_some_powers(struct wg_vector_work *work,
							      const struct wg_aead_message *m,
							      unsigned int count,
							      const u8 keys[][32])
{
	unsigned int i;

	for (i = 0; i < count; i++) {
		if (wg_vector_is_long(m[i].len)) {
			wg_vector_powers(work->powers, keys, count);
			return work->powers;
		}
	}
	return NULL;
}

/* The tag of a whole message over @text. @powers: NULL, or those of its key */
static void wg_vector_mac(const u8 key[32], const struct wg_poly1305_powers *powers,
			  u8 tag[WG_AEAD_TAG_LEN], const u8 *text, u32 len)
{
	struct wg_poly1305 mac;

	wg_poly1305_init(&mac, key);
	wg_vector_absorb(&mac, powers, text, len);
	wg_vector_tag(&mac, tag, len);
}

/* Encrypts the messages of one section. */
static void wg_vector_encrypt_section(struct wg_vector_work *work,
				      const struct wg_aead_message *m, unsigned int count,
				      const u8 *key)
{
	struct wg_chacha20_run *run = wg_vector_key_runs(work, m, count);
	const struct wg_poly1305_powers *powers;
	unsigned int i;

	for (i = 0; i < count; i++)
		run = wg_vector_text_run(run, m + i, 0, m[i].len);
	wg_vector_unit_begin();
	wg_vector_chacha20(key, work->runs, run - work->runs);
	powers = wg_vector_some_powers(work, m, count, work->keys);
	for (i = 0; i < count; i++)
		wg_vector_mac(work->keys[i], powers ? powers + i : NULL, m[i].dst + m[i].len,
			      m[i].dst, m[i].len);
	wg_vector_end();
}

/*
 * Decrypts those messages of one section whose tags are right.
 * @keys: their MAC keys
 */
static void wg_vector_decrypt_section(struct wg_vector_work *work, struct wg_aead_message *m,
				      unsigned int count, const u8 *key, const u8 keys[][32])
{
	struct wg_chacha20_run *run = work->runs;
	const struct wg_poly1305_powers *powers;
	u8 tag[WG_AEAD_TAG_LEN];
	unsigned int i;

	wg_vector_unit_begin();
	powers = wg_vector_some_powers(work, m, count, keys);
	for (i = 0; i < count; i++) {
		wg_vector_mac(keys[i], powers ? powers + i : NULL, tag, m[i].src, m[i].len);
		m[i].ok = !wg_memneq(tag, m[i].src + m[i].len, sizeof(tag));
	}
	/* The runs take the place of the powers. */
	for (i = 0; i < count; i++) {
		if (m[i].ok)
			run = wg_vector_text_run(run, m + i, 0, m[i].len);
	}
	if (run != work->runs)
		wg_vector_chacha20(key, work->runs, run - work->runs);
	wg_vector_end();
}

/* Encrypts a message that is longer than a section. */
static void wg_vector_encrypt_long(struct wg_vector_work *work, const struct wg_aead_message *m,
				   const u8 *key)
{
	struct wg_chacha20_run *run = wg_vector_key_runs(work, m, 1), *runs = work->runs, next;
	/* The first part is a block shorter, so that it fills vectors with that of the MAC key. */
	u32 at, len = WG_SECTION_BYTES - WG_CHACHA20_BLOCK_LEN;
	const struct wg_poly1305_powers *powers = NULL;
	struct wg_poly1305 mac;

	for (at = 0; at < m->len; at += len, len = min_t(u32, m->len - at, WG_SECTION_BYTES)) {
		run = wg_vector_text_run(run, m, at, len);
		wg_vector_unit_begin();
		wg_vector_chacha20(key, runs, run - runs);
		if (!at) {
			powers = wg_vector_some_powers(work, m, 1, work->keys);
			wg_poly1305_init(&mac, work->keys[0]);
		}
		wg_vector_absorb(&mac, powers, m->dst + at, len);
		wg_vector_end();
		/* The powers are where the first runs were. */
		run = runs = &next;
	}
	wg_vector_tag(&mac, m->dst + m->len, m->len);
}

/* Decrypts a message that is longer than a section, if its tag is right. */
static void wg_vector_decrypt_long(struct wg_vector_work *work, struct wg_aead_message *m,
				   const u8 *key, const u8 keys[][32])
{
	const struct wg_poly1305_powers *powers = NULL;
	u8 tag[WG_AEAD_TAG_LEN];
	struct wg_poly1305 mac;
	u32 at, len;

	wg_poly1305_init(&mac, keys[0]);
	for (at = 0; at < m->len; at += len) {
		len = min_t(u32, m->len - at, WG_SECTION_BYTES);
		wg_vector_unit_begin();
		if (!at)
			powers = wg_vector_some_powers(work, m, 1, keys);
		wg_vector_absorb(&mac, powers, m->src + at, len);
		wg_vector_end();
	}
	wg_vector_tag(&mac, tag, m->len);
	m->ok = !wg_memneq(tag, m->src + m->len, sizeof(tag));
	for (at = 0; m->ok && at < m->len; at += len) {
		len = min_t(u32, m->len - at, WG_SECTION_BYTES);
		wg_vector_text_run(work->runs, m, at, len);
		wg_vector_unit_begin();
		wg_vector_chacha20(key, work->runs, 1);
		wg_vector_end();
	}
}

/* The number of messages, 1 to @left, that the next section processes. @left is not 0. */
static unsigned int wg_vector_section(const struct wg_aead_message *messages, unsigned int left)
{
	unsigned int most = WG_SECTION_MESSAGES, count;
	u32 bytes = 0;

	/* By itself: see wg_vector_encrypt_long(). */
	if (messages->len > WG_SECTION_BYTES)
		return 1;
	for (count = 0; count < left && count < most; count++) {
		if (wg_vector_is_long(messages[count].len)) {
			/* wg_vector_powers() takes no more. */
			most = WG_POWERS_MANY;
			if (count >= most)
				break;
		}
		if (count && messages[count].len > WG_SECTION_BYTES - bytes)
			break;
		bytes += messages[count].len;
	}
	return count;
}

static noinline void wg_vector_do_encrypt(struct wg_aead_message *m, unsigned int count,
					  const u8 *key)
{
	struct wg_vector_work work WG_UNINITIALIZED;
	unsigned int some;

	for (; count; count -= some, m += some) {
		some = wg_vector_section(m, count);
		if (m->len > WG_SECTION_BYTES)
			wg_vector_encrypt_long(&work, m, key);
		else
			wg_vector_encrypt_section(&work, m, some, key);
	}
}

/* The MAC keys of several sections are computed together, since they fill few lanes. */
static noinline void wg_vector_do_decrypt(struct wg_aead_message *m, unsigned int count,
					  const u8 *key)
{
	unsigned int keys = 0, used = 0, some;
	struct wg_vector_work work WG_UNINITIALIZED;

	for (; count; count -= some, m += some, used += some) {
		if (used == keys) {
			keys = min_t(unsigned int, count, WG_SECTION_MESSAGES);
			used = 0;
			wg_vector_key_runs(&work, m, keys);
			wg_vector_unit_begin();
			wg_vector_chacha20(key, work.runs, keys);
			wg_vector_end();
		}
		some = wg_vector_section(m, keys - used);
		if (m->len > WG_SECTION_BYTES)
			wg_vector_decrypt_long(&work, m, key, work.keys + used);
		else
			wg_vector_decrypt_section(&work, m, some, key, work.keys + used);
	}
}

/* Absorbs a text twice, by the vector code and by the portable code. */
static bool __init wg_vector_same_tag(const u8 key[][32], const u8 *text, size_t blocks)
{
	struct wg_poly1305 mac, portable;
	struct wg_poly1305_powers powers;
	u8 tag[16], right[16];

	wg_poly1305_init(&mac, key[0]);
	wg_poly1305_init(&portable, key[0]);
	wg_poly1305_update_padded(&portable, text, blocks * WG_POLY1305_BLOCK_LEN);
	wg_poly1305_update_padded(&portable, text, blocks * WG_POLY1305_BLOCK_LEN);
	wg_poly1305_final(&portable, right);
	wg_vector_unit_begin();
	wg_vector_powers(&powers, key, 1);
	wg_vector_poly1305(&mac, &powers, text, blocks);
	wg_vector_poly1305(&mac, &powers, text, blocks);
	wg_vector_end();
	wg_poly1305_final(&mac, tag);
	return !memcmp(tag, right, sizeof(tag));
}

/*
 * The halves of r have all ones, or a single one, or zeros only, and so have the
 * blocks of the text. The lengths leave each number of blocks to the first and to
 * the last vector.
 */
bool __init wg_vector_selftest(void)
{
	static const u8 halves[][8] __initconst = {
		{ 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff },
		{ 0x01 },
		{ 0x00 },
	};
	static const u8 bytes[] __initconst = { 0xff, 0xfb, 0x00 };
	static u8 text[(WG_POWERS_BLOCKS + 32) * WG_POLY1305_BLOCK_LEN] __initdata;
	u8 key[1][32] = { { 0 } };
	const size_t least = WG_POWERS_BLOCKS;
	size_t low, high, byte, blocks;

	if (wg_vector_serves == WG_VECTOR_NONE || !wg_vector_has_poly1305())
		return true;
	for (byte = 0; byte < ARRAY_SIZE(bytes); byte++) {
		memset(text, bytes[byte], sizeof(text));
		for (low = 0; low < ARRAY_SIZE(halves); low++) {
			memcpy(key[0], halves[low], 8);
			for (high = 0; high < ARRAY_SIZE(halves); high++) {
				memcpy(key[0] + 8, halves[high], 8);
				for (blocks = least; blocks < least + 32; blocks++)
					if (!wg_vector_same_tag(key, text, blocks))
						return false;
			}
		}
	}
	return true;
}

static bool wg_vector_gains(const struct wg_aead_message *messages, unsigned int count)
{
	return count > 1 || (count == 1 && messages->len > WG_PORTABLE_BYTES);
}

bool wg_vector_encrypt(struct wg_aead_message *messages, unsigned int count,
		       const u8 key[WG_AEAD_KEY_LEN])
{
	if (!wg_vector_gains(messages, count) || !wg_vector_unit_usable())
		return false;
	wg_vector_do_encrypt(messages, count, key);
	wg_wipe_stack(WG_VECTOR_PIECES);
	return true;
}

bool wg_vector_decrypt(struct wg_aead_message *messages, unsigned int count,
		       const u8 key[WG_AEAD_KEY_LEN])
{
	if (!wg_vector_gains(messages, count) || !wg_vector_unit_usable())
		return false;
	wg_vector_do_decrypt(messages, count, key);
	wg_wipe_stack(WG_VECTOR_PIECES);
	return true;
}
