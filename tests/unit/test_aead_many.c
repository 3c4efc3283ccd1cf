// SPDX-License-Identifier: GPL-2.0
/*
 * ChaCha20-Poly1305 over batches of messages, in each implementation that this CPU can run. The
 * tests are the same for all of them: each is forced in turn. libsodium computes what is wanted,
 * and OpenSSL does so again for every length. All buffers lie between guard pages, and a byte
 * beside a message that changes is a failure. With UNIT_LONG=1 every length has every alignment.
 */
#include <stdio.h>

#include "crypto_test.h"

#include <openssl/bn.h>
#include <openssl/evp.h>

#include <asm/fpu/api.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/moduleparam.h>
#include <linux/string.h>
#include "aead_many.h"
#include "chacha20poly1305.h"
#include "vector.h"
#include "vector_sets.h"

#define TAG WG_AEAD_TAG_LEN
#define BATCH 64
#define SHORT 2048			/* every length up to this one */
#define LONG (64 * 1024 + 64)		/* and those around 64 KiB */
#define PAINT 0xa5
#define ANY_ALIGNMENT (-1)

struct implementation {
	const char *name;
	enum wg_vector_set set;
	/* Registers may not be used: the portable code has to do the work. */
	bool denied;
	void (*seal)(struct wg_aead_message *messages, unsigned int count, const u8 *key);
	void (*open)(struct wg_aead_message *messages, unsigned int count, const u8 *key);
};

static void single_seal(struct wg_aead_message *m, unsigned int count, const u8 *key)
{
	for (; count--; m++)
		wg_aead_encrypt(m->dst, m->src, m->len, NULL, 0, m->nonce, key);
}

static void single_open(struct wg_aead_message *m, unsigned int count, const u8 *key)
{
	for (; count--; m++)
		m->ok = wg_aead_decrypt(m->dst, m->src, m->len + TAG, NULL, 0, m->nonce, key);
}

static const struct implementation implementations[] = {
	/* The functions for one message. */
	{ "single", WG_VECTOR_NONE, false, single_seal, single_open },
	{ "portable", WG_VECTOR_NONE, false, wg_aead_encrypt_many, wg_aead_decrypt_many },
#ifdef WG_WITH_neon
	{ "neon", WG_VECTOR_NEON, false, wg_aead_encrypt_many, wg_aead_decrypt_many },
	{ "neon, denied", WG_VECTOR_NEON, true, wg_aead_encrypt_many, wg_aead_decrypt_many },
#elif defined(WG_VECTORS)
	{ "ssse3", WG_VECTOR_SSSE3, false, wg_aead_encrypt_many, wg_aead_decrypt_many },
	{ "avx2", WG_VECTOR_AVX2, false, wg_aead_encrypt_many, wg_aead_decrypt_many },
	{ "avx512", WG_VECTOR_AVX512, false, wg_aead_encrypt_many, wg_aead_decrypt_many },
	{ "avx2, denied", WG_VECTOR_AVX2, true, wg_aead_encrypt_many, wg_aead_decrypt_many },
#endif
};

static const struct implementation *now;	/* the one under test */

/* Calls of the functions of vector_SET.c, for each set. */
static struct calls {
	unsigned int chacha20, powers, poly1305, zero;
} calls[WG_VECTOR_SETS];

/* The linker gives vector.c these functions instead (--wrap), and their own the prefix __real_. */
#define COUNT_CHACHA20(name, set) \
void __real_wg_chacha20_##name(const u8 *k, const struct wg_chacha20_run *runs, unsigned int n); \
void __wrap_wg_chacha20_##name(const u8 *k, const struct wg_chacha20_run *runs, unsigned int n); \
void __wrap_wg_chacha20_##name(const u8 *k, const struct wg_chacha20_run *runs, unsigned int n) \
{ \
	calls[set].chacha20++; \
	__real_wg_chacha20_##name(k, runs, n); \
} \
void __real_wg_zero_##name(void); \
void __wrap_wg_zero_##name(void); \
void __wrap_wg_zero_##name(void) \
{ \
	calls[set].zero++; \
	__real_wg_zero_##name(); \
}

#define COUNT_POLY1305(name, set) \
void __real_wg_powers_##name(struct wg_poly1305_powers *p, const u8 keys[][32], unsigned int n); \
void __wrap_wg_powers_##name(struct wg_poly1305_powers *p, const u8 keys[][32], unsigned int n); \
void __wrap_wg_powers_##name(struct wg_poly1305_powers *p, const u8 keys[][32], unsigned int n) \
{ \
	calls[set].powers++; \
	__real_wg_powers_##name(p, keys, n); \
} \
void __real_wg_poly1305_##name(struct wg_poly1305 *st, const struct wg_poly1305_powers *p, \
			       const u8 *in, size_t blocks); \
void __wrap_wg_poly1305_##name(struct wg_poly1305 *st, const struct wg_poly1305_powers *p, \
			       const u8 *in, size_t blocks); \
void __wrap_wg_poly1305_##name(struct wg_poly1305 *st, const struct wg_poly1305_powers *p, \
			       const u8 *in, size_t blocks) \
{ \
	calls[set].poly1305++; \
	__real_wg_poly1305_##name(st, p, in, blocks); \
}

#ifdef WG_WITH_neon
COUNT_CHACHA20(neon, WG_VECTOR_NEON)
#elif defined(WG_VECTORS)
COUNT_CHACHA20(ssse3, WG_VECTOR_SSSE3)
COUNT_CHACHA20(avx2, WG_VECTOR_AVX2)
COUNT_CHACHA20(avx512, WG_VECTOR_AVX512)
COUNT_POLY1305(avx2, WG_VECTOR_AVX2)
COUNT_POLY1305(avx512, WG_VECTOR_AVX512)
#endif

#ifndef WG_VECTORS
/* A build without sets has no vector.c. */
void wg_vector_use(enum wg_vector_set set)
{
	(void)set;
}

bool wg_vector_usable(enum wg_vector_set set)
{
	return set == WG_VECTOR_NONE;
}

const char *wg_vector_name(enum wg_vector_set set)
{
	return set == WG_VECTOR_NONE ? "none" : "a set that this machine lacks";
}
#endif

/* What is wanted. */
static struct sample {
	u32 len;
	u64 nonce;
	u8 *text, *box;
} samples[BATCH];

static u8 key[WG_AEAD_KEY_LEN];
static u8 pool[2 * LONG];			/* random bytes, for texts */
static struct guarded from[BATCH], to[BATCH];	/* the last two have room for LONG */
static u8 paint[LONG + 2 * PAGE];

static void nonce_bytes(u8 bytes[12], u64 nonce)
{
	int i;

	memset(bytes, 0, 4);
	for (i = 0; i < 8; i++)
		bytes[4 + i] = nonce >> 8 * i;
}

/* Encrypts s->text to s->box. */
static void sample_box(struct sample *s)
{
	u8 nonce[12];

	nonce_bytes(nonce, s->nonce);
	crypto_aead_chacha20poly1305_ietf_encrypt(s->box, NULL, s->text, s->len, NULL, 0, NULL,
						  nonce, key);
}

static void sample_make(struct sample *s, u32 len, u64 nonce)
{
	s->len = len;
	s->nonce = nonce;
	memcpy(s->text, pool + (len * 61 + nonce * 13) % LONG, len);
	sample_box(s);
}

struct layout {
	bool in_place;
	bool at_start;		/* next to the guard page before it, not to the one behind it */
	int from, to;		/* address modulo 64; ANY_ALIGNMENT is at the guard page */
};

static u8 *place(const struct guarded *g, size_t len, bool at_start, int alignment)
{
	u8 *at;

	if (at_start)
		return g->room + (alignment == ANY_ALIGNMENT ? 0 : alignment);
	at = guard_end(g, len);
	if (alignment != ANY_ALIGNMENT)
		at -= ((uintptr_t)at - alignment) % 64;
	return at;
}

/* Ends the test with the message if @right is false. */
static void is(bool right, const char *what, const struct wg_aead_message *m, unsigned int i,
	       unsigned int count)
{
	if (right)
		return;
	fail_msg("%s: %s: message %u of %u, %u bytes, nonce %llx, from %u to %u modulo 64",
		 now->name, what, i, count, m->len, (unsigned long long)m->nonce,
		 (unsigned int)((uintptr_t)m->src % 64), (unsigned int)((uintptr_t)m->dst % 64));
}

/* The buffer around @len bytes at @at is as it was painted. */
static bool only_there(const struct guarded *g, const u8 *at, size_t len)
{
	return !memcmp(g->room, paint, at - g->room) &&
	       !memcmp(at + len, paint, g->room + g->len - at - len);
}

/* Buffers for samples[0..count), to encrypt (@extra is 0) or to decrypt (@extra is TAG). */
static void lay_out(struct wg_aead_message jobs[BATCH], unsigned int count,
		    const struct layout *l, u32 extra)
{
	unsigned int i, slot;
	u32 space;

	for (i = 0; i < count; i++) {
		const struct sample *s = samples + i;
		u8 *src;

		slot = s->len > SHORT ? BATCH - 2 + i % 2 : i % (BATCH - 2);
		if (i >= BATCH - 2 && s->len <= SHORT)
			slot = i;
		/* In place, there has to be room for the tag. */
		space = s->len + (l->in_place ? TAG : extra);
		memset(from[slot].room, PAINT, from[slot].len);
		src = place(from + slot, space, l->at_start, l->from);
		memcpy(src, extra ? s->box : s->text, s->len + extra);
		jobs[i] = (struct wg_aead_message){
			.src = src, .len = s->len, .nonce = s->nonce, .ok = i & 1
		};
		if (l->in_place) {
			jobs[i].dst = src;
			continue;
		}
		memset(to[slot].room, PAINT, to[slot].len);
		jobs[i].dst = place(to + slot, s->len + TAG - extra, l->at_start, l->to);
	}
}

/* The buffer of @p. */
static const struct guarded *guarded_of(const u8 *p)
{
	unsigned int i;

	for (i = 0; i < BATCH; i++) {
		if (p >= from[i].room && p <= from[i].room + from[i].len)
			return from + i;
		if (p >= to[i].room && p <= to[i].room + to[i].len)
			return to + i;
	}
	fail();
	return NULL;
}

/* Ends the test with the message if @right is false. */
static void served(bool right, const char *what, enum wg_vector_set set)
{
	if (!right)
		fail_msg("%s: %s: %s", now->name, wg_vector_name(set), what);
}

/*
 * The set of the implementation did all of the work in @sections sections, and no other set did
 * any. A single short message may be left to the portable code, and so may Poly1305 if no message
 * is long.
 */
static void check_calls(const struct wg_aead_message *messages, unsigned int count, int sections)
{
	static const struct calls none;
	const struct calls *c = calls + now->set;
	bool is_long = false;
	unsigned int i;

	for (i = 0; i < WG_VECTOR_SETS; i++)
		served(i == now->set || !memcmp(calls + i, &none, sizeof(none)),
		       "serves in its place", i);
	if (now->set == WG_VECTOR_NONE || now->denied || !count) {
		served(!sections && !memcmp(c, &none, sizeof(none)), "serves", now->set);
		return;
	}
	served((int)c->zero == sections, "does not clear its registers once a section", now->set);
	if (count > 1 || messages->len > 64)
		served(sections && c->chacha20, "does not serve", now->set);
	for (i = 0; i < count; i++)
		is_long |= messages[i].len >= WG_POWERS_BLOCKS * WG_POLY1305_BLOCK_LEN;
	if (now->set >= WG_VECTOR_AVX2)
		served(is_long ? c->powers && c->poly1305 : !c->powers && !c->poly1305,
		       "does not serve for Poly1305 of long messages, and only there", now->set);
}

/* Calls a function of the implementation. */
static void run(void (*function)(struct wg_aead_message *messages, unsigned int count,
				 const u8 *key),
		struct wg_aead_message *messages, unsigned int count)
{
	int before = shim_fpu_sections;

	memset(calls, 0, sizeof(calls));
	function(messages, count, key);
	check_calls(messages, count, shim_fpu_sections - before);
}

static void seal(unsigned int count, const struct layout *l)
{
	struct wg_aead_message jobs[BATCH];
	unsigned int i;

	lay_out(jobs, count, l, 0);
	run(now->seal, jobs, count);
	for (i = 0; i < count; i++) {
		const struct sample *s = samples + i;
		const struct wg_aead_message *j = jobs + i;

		is(!memcmp(j->dst, s->box, s->len), "wrong ciphertext", j, i, count);
		is(!memcmp(j->dst + s->len, s->box + s->len, TAG), "wrong tag", j, i, count);
		is(only_there(guarded_of(j->dst), j->dst, s->len + TAG), "writes beside ciphertext",
		   j, i, count);
		is(l->in_place || !memcmp(j->src, s->text, s->len), "plaintext changed", j, i,
		   count);
	}
}

static void open(unsigned int count, const struct layout *l)
{
	struct wg_aead_message jobs[BATCH];
	unsigned int i;

	lay_out(jobs, count, l, TAG);
	run(now->open, jobs, count);
	for (i = 0; i < count; i++) {
		const struct sample *s = samples + i;
		const struct wg_aead_message *j = jobs + i;

		is(j->ok, "refused", j, i, count);
		is(!memcmp(j->dst, s->text, s->len), "wrong plaintext", j, i, count);
		is(only_there(guarded_of(j->dst), j->dst, s->len + (l->in_place ? TAG : 0)),
		   "writes beside plaintext", j, i, count);
		is(!memcmp(j->src + s->len, s->box + s->len, TAG), "tag changed", j, i, count);
		is(l->in_place || !memcmp(j->src, s->box, s->len), "ciphertext changed", j, i,
		   count);
	}
}

/* Both directions, out of place and in place, at either guard page. */
static void everywhere(unsigned int count)
{
	struct layout l = { .from = ANY_ALIGNMENT, .to = ANY_ALIGNMENT };
	int i;

	for (i = 0; i < 4; i++) {
		l.in_place = i & 1;
		l.at_start = i & 2;
		seal(count, &l);
		open(count, &l);
	}
}

/* RFC 8439, as far as a message without associated data can have the values of its vectors. */

static const char ietf[] =
	"Any submission to the IETF intended by the Contributor for publication as all or part of "
	"an IETF Internet-Draft or RFC and any statement made within the context of an IETF "
	"activity is considered an \"IETF Contribution\". Such statements include oral statements "
	"in IETF sessions, as well as written and electronic communications made at any time or "
	"place, which are addressed to";
static const char wabe[] =
	"'Twas brillig, and the slithy toves\nDid gyre and gimble in the wabe:\n"
	"All mimsy were the borogoves,\nAnd the mome raths outgrabe.";

/*
 * A.1, vectors 2 to 4, whose text is zeros, and A.2, vectors 1 to 3. The text begins at the block
 * that has the counter of the vector; the blocks before it are zeros.
 */
static void test_rfc8439_stream(void **state)
{
	static const struct {
		const char *key, *text;
		u32 len, counter;
		u64 nonce;
		const char *box;
	} v[] = {
		{ "0000000000000000000000000000000000000000000000000000000000000000", NULL, 64,
		  1, 0,
		  "9f07e7be5551387a98ba977c732d080dcb0f29a048e3656912c6533e32ee7aed"
		  "29b721769ce64e43d57133b074d839d531ed1f28510afb45ace10a1f4b794d6f" },
		{ "0000000000000000000000000000000000000000000000000000000000000001", NULL, 64,
		  1, 0,
		  "3aeb5224ecf849929b9d828db1ced4dd832025e8018b8160b82284f3c949aa5a"
		  "8eca00bbb4a73bdad192b5c42f73f2fd4e273644c8b36125a64addeb006c13a0" },
		{ "00ff000000000000000000000000000000000000000000000000000000000000", NULL, 64,
		  2, 0,
		  "72d54dfbf12ec44b362692df94137f328fea8da73990265ec1bbbea1ae9af0ca"
		  "13b25aa26cb4a648cb9b9d1be65b2c0924a66c54d545ec1b7374f4872e99f096" },
		{ "0000000000000000000000000000000000000000000000000000000000000001", ietf,
		  sizeof(ietf) - 1, 1, 0x0200000000000000,
		  "a3fbf07df3fa2fde4f376ca23e82737041605d9f4f4f57bd8cff2c1d4b7955ec"
		  "2a97948bd3722915c8f3d337f7d370050e9e96d647b7c39f56e031ca5eb6250d"
		  "4042e02785ececfa4b4bb5e8ead0440e20b6e8db09d881a7c6132f420e527950"
		  "42bdfa7773d8a9051447b3291ce1411c680465552aa6c405b7764d5e87bea85a"
		  "d00f8449ed8f72d0d662ab052691ca66424bc86d2df80ea41f43abf937d3259d"
		  "c4b2d0dfb48a6c9139ddd7f76966e928e635553ba76c5c879d7b35d49eb2e62b"
		  "0871cdac638939e25e8a1e0ef9d5280fa8ca328b351c3c765989cbcf3daa8b6c"
		  "cc3aaf9f3979c92b3720fc88dc95ed84a1be059c6499b9fda236e7e818b04b0b"
		  "c39c1e876b193bfe5569753f88128cc08aaa9b63d1a16f80ef2554d7189c411f"
		  "5869ca52c5b83fa36ff216b9c1d30062bebcfd2dc5bce0911934fda79a86f6e6"
		  "98ced759c3ff9b6477338f3da4f9cd8514ea9982ccafb341b2384dd902f3d1ab"
		  "7ac61dd29c6f21ba5b862f3730e37cfdc4fd806c22f221" },
		{ "1c9240a5eb55d38af333888604f6b5f0473917c1402b80099dca5cbc207075c0", wabe,
		  sizeof(wabe) - 1, 42, 0x0200000000000000,
		  "62e6347f95ed87a45ffae7426f27a1df5fb69110044c0d73118effa95b01e5cf"
		  "166d3df2d721caf9b21e5fb14c616871fd84c54f9d65b283196c7fe4f60553eb"
		  "f39c6402c42234e32a356b3e764312a61a5532055716ead6962568f87d3f3f77"
		  "04c6a8d1bcd1bf4d50d6154b6da731b187b58dfd728afa36757a797ac188d1" },
	};
	u8 src[SHORT * 2] = { 0 }, dst[SHORT * 2], want[512];
	struct wg_aead_message job;
	size_t i, skip;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(v); i++) {
		unhex(key, sizeof(key), v[i].key);
		assert_int_equal(unhex(want, sizeof(want), v[i].box), v[i].len);
		skip = 64 * (v[i].counter - 1);
		memset(src, 0, sizeof(src));
		if (v[i].text)
			memcpy(src + skip, v[i].text, v[i].len);
		job = (struct wg_aead_message){ .dst = dst, .src = src, .len = skip + v[i].len,
				    .nonce = v[i].nonce };
		run(now->seal, &job, 1);
		assert_memory_equal(dst + skip, want, v[i].len);
	}
}

/* A.4: the keys of Poly1305, which the tag shows. */
static void test_rfc8439_mac_key(void **state)
{
	static const struct {
		const char *key;
		u64 nonce;
		const char *mac_key;
	} v[] = {
		{ "0000000000000000000000000000000000000000000000000000000000000000", 0,
		  "76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7" },
		{ "0000000000000000000000000000000000000000000000000000000000000001",
		  0x0200000000000000,
		  "ecfa254f845f647473d3cb140da9e87606cb33066c447b87bc2666dde3fbb739" },
		{ "1c9240a5eb55d38af333888604f6b5f0473917c1402b80099dca5cbc207075c0",
		  0x0200000000000000,
		  "965e3bc6f9ec7ed9560808f4d229f94b137ff275ca9b3fcbdd59deaad23310ae" },
	};
	/* 48 bytes, and the lengths of the associated data and of the text. */
	u8 dst[64], src[48], mac_key[32], tag[16];
	struct wg_aead_message job = { .dst = dst, .src = src, .len = sizeof(src) };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(v); i++) {
		unhex(key, sizeof(key), v[i].key);
		unhex(mac_key, sizeof(mac_key), v[i].mac_key);
		memcpy(src, ietf, sizeof(src));
		job.nonce = v[i].nonce;
		run(now->seal, &job, 1);
		memcpy(tag, dst + 48, 16);
		memset(dst + 48, 0, 16);
		dst[56] = 48;
		assert_int_equal(crypto_onetimeauth_poly1305_verify(tag, dst, 64, mac_key), 0);
	}
}

/* Lengths, alignments, batches */

/* Ten messages of neighbouring lengths in a batch. */
static void test_lengths(void **state)
{
	static u8 box[SHORT + TAG];
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	u8 nonce[12];
	u32 len, i;
	int n;

	(void)state;
	assert_int_equal(EVP_EncryptInit_ex(ctx, EVP_chacha20_poly1305(), NULL, key, NULL), 1);
	for (len = 0; len <= SHORT; len += 10) {
		for (i = 0; i < 10 && len + i <= SHORT; i++) {
			sample_make(samples + i, len + i, (u64)len << 33 | i);
			nonce_bytes(nonce, samples[i].nonce);
			EVP_EncryptInit_ex(ctx, NULL, NULL, NULL, nonce);
			EVP_EncryptUpdate(ctx, box, &n, samples[i].text, len + i);
			EVP_EncryptFinal_ex(ctx, box + n, &n);
			EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, TAG, box + len + i);
			assert_memory_equal(box, samples[i].box, len + i + TAG);
		}
		everywhere(i);
	}
	EVP_CIPHER_CTX_free(ctx);
}

static void test_lengths_alone(void **state)
{
	u32 len;

	(void)state;
	for (len = 0; len <= SHORT; len++) {
		sample_make(samples, len, len);
		everywhere(1);
	}
}

static void test_lengths_long(void **state)
{
	u32 len, by = test_long() ? 1 : 3;

	(void)state;
	for (len = 64 * 1024 - 64; len <= LONG; len += by) {
		sample_make(samples, len, len);
		sample_make(samples + 1, 2 * LONG - 128 - len, ~0ULL - len);
		sample_make(samples + 2, len % 300, len);
		everywhere(3);
	}
}

/* Each pair of alignments. In place, one of them counts. */
static void test_alignments(void **state)
{
	static const u32 lens[] = { 1420, 333, 64, 5 };
	struct layout l;
	u32 i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(lens); i++)
		sample_make(samples + i, lens[i], i);
	for (l.from = 0; l.from < 64; l.from++) {
		for (l.to = 0; l.to < 64; l.to++) {
			l.at_start = l.to & 1;
			l.in_place = false;
			seal(ARRAY_SIZE(lens), &l);
			open(ARRAY_SIZE(lens), &l);
		}
		for (i = 0; i < 2; i++) {
			l.at_start = i;
			l.in_place = true;
			seal(ARRAY_SIZE(lens), &l);
			open(ARRAY_SIZE(lens), &l);
		}
	}
	if (!test_long())
		return;
	for (i = 0; i <= SHORT; i++) {
		sample_make(samples, i, i);
		for (l.from = 0; l.from < 64; l.from++) {
			l.to = (l.from * 5 + i) % 64;
			l.at_start = l.in_place = false;
			seal(1, &l);
			open(1, &l);
			l.in_place = true;
			seal(1, &l);
			open(1, &l);
		}
	}
}

/* What a batch of @count messages has: like traffic, and like no traffic. */
static u32 mixed_len(unsigned int mix, unsigned int i, unsigned int count)
{
	u32 draw;

	memcpy(&draw, pool + (mix * 1000 + count * 64 + i) * 4 % LONG, sizeof(draw));
	switch (mix) {
	case 0: return 1420;
	case 1: return draw % (SHORT + 1);
	case 2: return draw % 4 ? 64 + draw % 3 * 96 : 1420;
	case 3: return i * 33;
	case 4: return (count - i) * 31;
	case 5: return i == count / 2 ? SHORT : 0;
	case 6: return i % 2 ? 0 : 1420;
	case 7: return draw % 66;
	default: return 16 * (draw % 20);
	}
}

static void test_batches(void **state)
{
	unsigned int count, mix, i;

	(void)state;
	for (count = 0; count <= BATCH; count++) {
		for (mix = 0; mix < 9; mix++) {
			for (i = 0; i < count; i++)
				sample_make(samples + i, mixed_len(mix, i, count), 1000 * mix + i);
			everywhere(count);
		}
	}
	/* No message is read. */
	run(now->seal, NULL, 0);
	run(now->open, NULL, 0);
}

/*
 * Batches in which messages as long as a section of the vector code (vector.c), shorter or longer,
 * stand beside empty and short ones. A part of the messages is forged. Each message counts as
 * authentic before the call, so that one that is passed over would be accepted.
 */
static void test_sections(void **state)
{
	static const u32 lens[] = { 0, 0, 0, 1, 16, 255, 1420, 3072, 6080, 6143, 6144, 6145, 6160,
				    6208, 8000, 12288, 12289, 20000 };
	static u8 boxes[12][20000 + TAG], texts[12][20000 + TAG];
	struct wg_aead_message jobs[ARRAY_SIZE(boxes)];
	unsigned int n, i, count;
	const u8 *draw;

	(void)state;
	for (n = 0; n < (test_long() ? 20000 : 600); n++) {
		draw = pool + n * 40 % LONG;
		/* The first batches have a long message, and empty ones behind it. */
		count = n < 12 ? n + 1 : 1 + draw[0] % ARRAY_SIZE(boxes);
		for (i = 0; i < count; i++) {
			sample_make(samples + i, n < 12 ? i ? 0 : 6160 :
				    lens[draw[1 + i] % ARRAY_SIZE(lens)], n * 16 + i);
			jobs[i] = (struct wg_aead_message){
				.dst = boxes[i], .src = samples[i].text, .len = samples[i].len,
				.nonce = samples[i].nonce,
			};
			memset(boxes[i] + jobs[i].len, 0, TAG);
		}
		run(now->seal, jobs, count);
		for (i = 0; i < count; i++) {
			is(!memcmp(boxes[i], samples[i].box, jobs[i].len + TAG), "wrong box",
			   jobs + i, i, count);
			boxes[i][jobs[i].len] ^= draw[20 + i] & 1;
			jobs[i].src = boxes[i];
			jobs[i].dst = texts[i];
			jobs[i].ok = true;
		}
		run(now->open, jobs, count);
		for (i = 0; i < count; i++) {
			is(jobs[i].ok == !(draw[20 + i] & 1), "wrong verdict", jobs + i, i, count);
			is(!jobs[i].ok || !memcmp(texts[i], samples[i].text, jobs[i].len),
			   "wrong plaintext", jobs + i, i, count);
		}
	}
}

/* Carries within a nonce, and nonces in any order. */
static void test_nonces(void **state)
{
	static const u64 first[] = {
		0, 0xfffffff8, 0xfffffffffffffff8, 0x7ffffff8, 0x7ffffffffffffff8,
		0xfffffff800000000, 0x00000000fffffff0,
	};
	unsigned int i, k;

	(void)state;
	for (k = 0; k < ARRAY_SIZE(first); k++) {
		for (i = 0; i < 24; i++)
			sample_make(samples + i, 100 + 7 * i, first[k] + i);
		everywhere(24);
		for (i = 0; i < 24; i++)
			sample_make(samples + i, 64 * i, first[k] - 0x100000001ULL * i);
		everywhere(24);
	}
	/* The same message twice. */
	for (i = 0; i < 16; i++)
		sample_make(samples + i, 700, 5);
	everywhere(16);
}

/* Forgeries */

enum damage { BIT_OF_TAG, BIT_OF_TEXT, NONCE, SHORTER, SHIFTED, TAG_OF_OTHER, ZERO_TAG, DAMAGES };

/*
 * Changes message @i of @count, which has been laid out to decrypt. False if the message is too
 * short for the damage.
 */
static bool damage(struct wg_aead_message *jobs, unsigned int i, unsigned int count,
		   enum damage how, u32 draw)
{
	const struct sample *other = samples + (i + 1) % count;
	struct wg_aead_message *j = jobs + i;
	u8 *src = (u8 *)j->src;

	switch (how) {
	case BIT_OF_TAG:
		src[j->len + draw / 8 % TAG] ^= 1 << draw % 8;
		return true;
	case BIT_OF_TEXT:
		if (!j->len)
			return false;
		src[draw / 8 % j->len] ^= 1 << draw % 8;
		return true;
	case NONCE:
		j->nonce ^= 1ULL << draw % 64;
		return true;
	case SHORTER:
		if (!j->len)
			return false;
		j->len -= 1 + draw % j->len;
		return true;
	case SHIFTED:
		/* Without its first block; the tag is then text, too. */
		if (j->len < 100)
			return false;
		memmove(src, src + 16, j->len + TAG - 16);
		return true;
	case TAG_OF_OTHER:
		if (count < 2)
			return false;
		memcpy(src + j->len, other->box + other->len, TAG);
		return true;
	case ZERO_TAG:
		memset(src + j->len, 0, TAG);
		return true;
	default:
		return false;
	}
}

/*
 * Decrypts a batch in which the messages with a bit in @bad are damaged. They are refused, and
 * their destination has no byte that was not there before, except zeros. The other messages are
 * decrypted.
 */
static bool forged(unsigned int count, u64 bad, enum damage how, u32 draw, const struct layout *l)
{
	static u8 before[BATCH][SHORT + TAG];
	struct wg_aead_message jobs[BATCH];
	unsigned int i, k;

	lay_out(jobs, count, l, TAG);
	for (i = 0; i < count; i++) {
		if (bad >> i & 1 && !damage(jobs, i, count, how, draw))
			return false;
		memcpy(before[i], jobs[i].dst, jobs[i].len);
	}
	run(now->open, jobs, count);
	for (i = 0; i < count; i++) {
		const struct wg_aead_message *j = jobs + i;

		if (!(bad >> i & 1)) {
			is(j->ok, "refused beside a forgery", j, i, count);
			is(!memcmp(j->dst, samples[i].text, j->len), "wrong beside a forgery", j, i,
			   count);
			continue;
		}
		is(!j->ok, "forgery accepted", j, i, count);
		for (k = 0; k < j->len; k++)
			is(!j->dst[k] || j->dst[k] == before[i][k], "forgery leaves text", j, i,
			   count);
		is(l->in_place || only_there(guarded_of(j->dst), j->dst, j->len),
		   "forgery writes beside it", j, i, count);
	}
	return true;
}

/* Neither paint nor zeros, so that a byte of the text is not taken for what was there. */
static void text_for_forgery(struct sample *s)
{
	u32 k;

	for (k = 0; k < s->len; k++)
		if (!s->text[k] || s->text[k] == PAINT)
			s->text[k] = 1;
	sample_box(s);
}

static void test_forgeries(void **state)
{
	static const u32 lens[] = { 0, 1, 15, 16, 64, 65, 200, 257, 511, 512, 1023, 1420 };
	struct layout l = { .from = ANY_ALIGNMENT, .to = ANY_ALIGNMENT };
	unsigned int i, n, done, how, count;
	u32 draw;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(lens); i++) {
		sample_make(samples + i, lens[i], i);
		text_for_forgery(samples + i);
	}
	for (how = 0; how < DAMAGES; how++) {
		done = 0;
		for (n = 0; n < (test_long() ? 20000 : 800); n++) {
			memcpy(&draw, pool + 4 * n + how, sizeof(draw));
			l.in_place = n & 1;
			count = 1 + draw % ARRAY_SIZE(lens);
			i = n % count;
			/* One message; a random part of them; all of them. */
			done += forged(count, n % 8 ? 1ULL << i : n % 16 ? draw >> 8 : ~0ULL, how,
				       draw >> 4, &l);
		}
		assert_true(done > 50);
	}
	/* Each bit of the tag, in each place of a batch. */
	l.in_place = false;
	for (i = 0; i < ARRAY_SIZE(lens); i++)
		for (n = 0; n < 8 * TAG; n++)
			assert_true(forged(ARRAY_SIZE(lens), 1ULL << i, BIT_OF_TAG, n, &l));
}

/* Poly1305 at its edges */

static BIGNUM *prime;
static BN_CTX *bn;

/* A text whose tag is computed as in block 0 of the key stream; r and s follow from the nonce. */
static void mac_key_of(u8 mac_key[32], u64 nonce)
{
	u8 bytes[12];

	nonce_bytes(bytes, nonce);
	crypto_stream_chacha20_ietf(mac_key, 32, bytes, key);
}

/* Makes a sample from its ciphertext, which an attacker may choose. */
static void sample_from_box(struct sample *s, u64 nonce)
{
	u8 bytes[12];

	s->nonce = nonce;
	nonce_bytes(bytes, nonce);
	crypto_stream_chacha20_ietf_xor_ic(s->text, s->box, s->len, bytes, 1, key);
	sample_box(s);
}

static BIGNUM *clamped_r(const u8 mac_key[32])
{
	u8 r[16];
	int i;

	memcpy(r, mac_key, 16);
	for (i = 3; i < 16; i += 4)
		r[i] &= 15;
	for (i = 4; i < 16; i += 4)
		r[i] &= 252;
	return BN_lebin2bn(r, 16, NULL);
}

/* 2^128 and the block, as Poly1305 adds it. */
static void block_number(BIGNUM *out, const u8 block[16])
{
	BN_lebin2bn(block, 16, out);
	BN_set_bit(out, 128);
}

/*
 * The numbers that accumulators are brought to: small ones, p minus small ones, those around a
 * power of two at which limbs or words end, also with any number above it, and those with which
 * the tag is about 0.
 */
static const int powers[] = { 26, 32, 44, 52, 64, 78, 88, 104, 128, 129 };
#define EDGES (12 + 4 * ARRAY_SIZE(powers) + 5)
static void edge(BIGNUM *out, unsigned int which, const u8 mac_key[32], u32 draw)
{
	unsigned int power, small = draw % 3 ? draw % 8 : draw >> 4;
	BIGNUM *n;

	BN_zero(out);
	if (which < 12) {
		BN_set_word(out, which % 6);
		if (which >= 6) {
			BN_add_word(out, 1);
			BN_sub(out, prime, out);
		}
	} else if (which < EDGES - 5) {
		power = powers[(which - 12) / 4];
		BN_set_bit(out, power);
		if (which % 4 >= 2) {
			n = BN_lebin2bn(pool + draw % LONG, (130 - power) / 8, NULL);
			BN_lshift(n, n, power);
			BN_add(out, out, n);
			BN_free(n);
		}
		if (which % 4 == 1)
			BN_sub_word(out, 1);
		else if (which % 4 == 2)
			BN_sub_word(out, 1 + small);
		else
			BN_add_word(out, small);
	} else if (which == EDGES - 5) {
		BN_set_bit(out, 129);
		BN_set_bit(out, 128);
		BN_add_word(out, small);
	} else {
		/* The tag is 2^128 - 2 to 2^128 + 1, modulo 2^128. */
		n = BN_lebin2bn(mac_key + 16, 16, NULL);
		BN_set_bit(out, 128);
		BN_sub(out, out, n);
		BN_add_word(out, which - (EDGES - 4));
		BN_sub_word(out, 2);
		BN_free(n);
	}
	BN_nnmod(out, out, prime, bn);
}

/*
 * Chooses block @at of the ciphertext of @s, so that an accumulator that takes every @stride th
 * block, and multiplies by r to that power, is @want once it has taken this block and multiplied
 * (@after) or before. False if there is no such block.
 */
static bool choose_block(struct sample *s, unsigned int at, unsigned int stride, bool after,
			 const BIGNUM *want, const u8 mac_key[32])
{
	BIGNUM *r = clamped_r(mac_key), *h = BN_new(), *c = BN_new();
	unsigned int i;
	bool fits;

	BN_set_word(c, stride);
	BN_mod_exp(r, r, c, prime, bn);
	BN_zero(h);
	for (i = at % stride; i < at; i += stride) {
		block_number(c, s->box + 16 * i);
		BN_mod_add(h, h, c, prime, bn);
		BN_mod_mul(h, h, r, prime, bn);
	}
	BN_copy(c, want);
	if (after) {
		BN_mod_inverse(r, r, prime, bn);
		BN_mod_mul(c, c, r, prime, bn);
	}
	BN_mod_sub(c, c, h, prime, bn);
	fits = BN_num_bits(c) == 129;
	if (fits) {
		BN_clear_bit(c, 128);
		BN_bn2lebinpad(c, s->box + 16 * at, 16);
	}
	BN_free(r);
	BN_free(h);
	BN_free(c);
	return fits;
}

/* Chooses a block so that the number before s is added is @want. */
static bool choose_final(struct sample *s, unsigned int at, const BIGNUM *want,
			 const u8 mac_key[32])
{
	BIGNUM *r = clamped_r(mac_key), *h = BN_new(), *c = BN_new(), *e = BN_new();
	unsigned int i, blocks = s->len / 16;
	__le64 lens[2] = { 0, cpu_to_le64(s->len) };
	bool fits;

	BN_copy(h, want);
	for (i = 0; i <= blocks; i++) {
		if (i == at)
			continue;
		block_number(c, i == blocks ? (const u8 *)lens : s->box + 16 * i);
		BN_set_word(e, blocks + 1 - i);
		BN_mod_exp(e, r, e, prime, bn);
		BN_mod_mul(c, c, e, prime, bn);
		BN_mod_sub(h, h, c, prime, bn);
	}
	BN_set_word(e, blocks + 1 - at);
	BN_mod_exp(e, r, e, prime, bn);
	BN_mod_inverse(e, e, prime, bn);
	BN_mod_mul(h, h, e, prime, bn);
	fits = BN_num_bits(h) == 129;
	if (fits) {
		BN_clear_bit(h, 128);
		BN_bn2lebinpad(h, s->box + 16 * at, 16);
	}
	BN_free(r);
	BN_free(h);
	BN_free(c);
	BN_free(e);
	return fits;
}

/* Half of the blocks are random, the others ones: those make the greatest sums. */
static void edge_box(struct sample *s, unsigned int blocks, u32 draw)
{
	unsigned int i;

	s->len = 16 * blocks;
	memcpy(s->box, pool + draw % LONG, s->len);
	for (i = 0; i < blocks; i++)
		if (draw >> i % 16 & 1)
			memset(s->box + 16 * i, 0xff, 16);
}

/* Which accumulator is brought to an edge, and by which block. */
struct edge_variant {
	unsigned int stride;
	bool final;		/* the last one, with the length of the text */
	bool after;		/* when it has been multiplied, too */
	bool last;		/* by the last block, or by any */
	bool vectors;		/* in a text that is long enough for vectors */
};

/* Whether the accumulator is @want: computed from the blocks, not from what it has to be. */
static bool is_at_edge(const struct sample *s, unsigned int at, const struct edge_variant *v,
		       const BIGNUM *want, const u8 mac_key[32])
{
	BIGNUM *r = clamped_r(mac_key), *h = BN_new(), *c = BN_new();
	unsigned int i, last = v->final ? s->len / 16 : at;
	u8 block[16] = { 0 };
	bool equal;

	BN_set_word(c, v->stride);
	BN_mod_exp(r, r, c, prime, bn);
	BN_zero(h);
	for (i = last % v->stride; i <= last; i += v->stride) {
		if (i < s->len / 16)
			memcpy(block, s->box + 16 * i, 16);
		else
			memcpy(block, (__le64[]){ 0, cpu_to_le64(s->len) }, 16);
		block_number(c, block);
		BN_mod_add(h, h, c, prime, bn);
		if (i < last || v->after || v->final)
			BN_mod_mul(h, h, r, prime, bn);
	}
	equal = !BN_cmp(h, want);
	BN_free(r);
	BN_free(h);
	BN_free(c);
	return equal;
}

static void edge_make(struct sample *s, unsigned int which, const struct edge_variant *v,
		      u64 *nonce)
{
	BIGNUM *want = BN_new();
	unsigned int blocks, at;
	u8 mac_key[32];
	u32 draw;

	do {
		draw = ++*nonce * 2654435761u;
		mac_key_of(mac_key, *nonce);
		edge(want, which, mac_key, draw);
		blocks = (v->vectors ? 32 : v->stride) + v->stride * (*nonce % 4) + *nonce % 7;
		edge_box(s, blocks, draw);
		at = v->last ? blocks - 1 : *nonce % blocks;
	} while (!(v->final ? choose_final(s, at, want, mac_key) :
		   choose_block(s, at, v->stride, v->after, want, mac_key)));
	/* All implementations get the same samples. */
	assert_true(now != implementations || is_at_edge(s, at, v, want, mac_key));
	sample_from_box(s, *nonce);
	BN_free(want);
}

static void test_poly1305_edges(void **state)
{
	static const struct edge_variant variants[] = {
		{ 1, true, false, false, false }, { 1, false, false, false, false },
		{ 1, false, true, true, false }, { 1, true, false, true, true },
		{ 1, false, false, true, true }, { 1, false, true, true, true },
		{ 1, true, false, false, true }, { 1, false, true, false, true },
		{ 2, false, true, true, true }, { 2, false, true, false, true },
		{ 4, false, false, true, true }, { 4, false, true, true, true },
		{ 4, false, true, false, true }, { 8, false, false, true, true },
		{ 8, false, true, true, true }, { 8, false, true, false, true },
		{ 16, false, true, true, true }, { 16, false, true, false, true },
	};
	unsigned int which, k, i, n = 0, times = test_long() ? 40 : 2;
	u64 nonce = 0;

	(void)state;
	for (k = 0; k < ARRAY_SIZE(variants); k++)
		for (i = 0; i < k; i++)
			assert_memory_not_equal(variants + i, variants + k, sizeof(variants[k]));
	while (times--) {
		for (which = 0; which < EDGES; which++) {
			for (k = 0; k < ARRAY_SIZE(variants); k++) {
				edge_make(samples + n++, which, variants + k, &nonce);
				if (n == 20) {
					everywhere(n);
					n = 0;
				}
			}
		}
	}
	everywhere(n);
}

/*
 * Keys, as numbers, with which r of the nonce 0 has zeros or, apart from clamped bits, ones in a
 * limb of 26 bits: two keys each for each of the five limbs. Found by search.
 */
static void test_poly1305_keys(void **state)
{
	static const u64 keys[] = {
		277, 126022, 151461, 418440, 1439307, 1484159, 1617678, 1908669, 2272608,
		2364332, 2379881, 2435324, 2615021, 3376037, 3585759, 4137181, 19361298,
		42585685, 130760185, 138449183,
	};
	u8 saved[WG_AEAD_KEY_LEN];
	size_t i, len;
	__le64 number;

	(void)state;
	memcpy(saved, key, sizeof(key));
	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		memset(key, 0, sizeof(key));
		number = cpu_to_le64(keys[i]);
		memcpy(key, &number, sizeof(number));
		for (len = 0; len < 8; len++) {
			sample_make(samples + len, 16 * (len * len), 0);
			/* As full as the limbs can be. */
			samples[8 + len].len = 16 * (len * len);
			memset(samples[8 + len].box, 0xff, SHORT);
			sample_from_box(samples + 8 + len, 0);
		}
		everywhere(16);
	}
	memcpy(key, saved, sizeof(key));
}

/* Runs before each test. */
static int enter(void **state)
{
	now = *state;
	fill(key, sizeof(key), 1);
	wg_vector_use(now->set);
	shim_fpu_denied = now->denied;
	return 0;
}

static int setup(void **state)
{
	unsigned int i;

	(void)state;
	if (sodium_init() < 0)
		return -1;
	memset(paint, PAINT, sizeof(paint));
	fill(pool, sizeof(pool), 2);
	for (i = 0; i < BATCH; i++) {
		samples[i].text = malloc(LONG);
		samples[i].box = malloc(LONG + TAG);
		/* 63 bytes for an alignment, and at least as many beside a message. */
		guard_setup(from + i, (i < BATCH - 2 ? SHORT : LONG) + TAG + 128);
		guard_setup(to + i, (i < BATCH - 2 ? SHORT : LONG) + TAG + 128);
	}
	bn = BN_CTX_new();
	prime = BN_new();
	BN_set_bit(prime, 130);
	BN_sub_word(prime, 5);
	return 0;
}

#ifdef WG_VECTORS
extern const struct kernel_param shim_param_simd;

/* What a user reads, on a kernel whose getters end their line, and on one that does so itself. */
static void test_parameter_shown(void **state)
{
	enum wg_vector_set set;
	char shown[64], want[64];
	int appends, n;

	(void)state;
	for (set = WG_VECTOR_NONE; set < WG_VECTOR_SETS; set++) {
		wg_vector_use(set);
		snprintf(want, sizeof(want), "%s\n", wg_vector_name(set));
		for (appends = 0; appends < 2; appends++) {
			shim_param_appends_newline = appends;
			n = shim_param_simd.ops->get(shown, &shim_param_simd);
			assert_int_equal(n, strlen(shown));
			if (appends)
				strcat(shown, "\n");
			assert_string_equal(shown, want);
		}
	}
	wg_vector_use(WG_VECTOR_NONE);
}

static void test_parameter_set(void **state)
{
	static const struct {
		const char *value;
		enum wg_vector_set allowed;
	} values[] = {
#ifdef WG_WITH_neon
		{ "none", WG_VECTOR_NONE }, { "neon", WG_VECTOR_NEON },
		{ "none\n", WG_VECTOR_NONE }, { "neon\n", WG_VECTOR_NEON },
#else
		{ "none", WG_VECTOR_NONE }, { "avx2", WG_VECTOR_AVX2 },
		{ "ssse3\n", WG_VECTOR_SSSE3 }, { "avx512", WG_VECTOR_AVX512 },
#endif
		{ "none", WG_VECTOR_NONE }, { "auto", WG_VECTOR_SETS - 1 },
	};
	static const char *const refused[] = {
		"mmx", "", "none,",
#ifdef WG_WITH_neon
		"ssse3", "avx2", "avx512",
#else
		"neon",
#endif
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(values); i++) {
		assert_int_equal(shim_param_simd.ops->set(values[i].value, &shim_param_simd), 0);
		assert_int_equal(wg_vector_allowed(), values[i].allowed);
	}
	for (i = 0; i < ARRAY_SIZE(refused); i++)
		assert_int_equal(shim_param_simd.ops->set(refused[i], &shim_param_simd), -EINVAL);
	assert_int_equal(wg_vector_allowed(), WG_VECTOR_SETS - 1);
}
#endif

static int teardown(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < BATCH; i++) {
		free(samples[i].text);
		free(samples[i].box);
	}
	BN_free(prime);
	BN_CTX_free(bn);
	return 0;
}

static void test_skipped(void **state)
{
	(void)state;
	skip();
}

int main(void)
{
	static const struct {
		const char *name;
		CMUnitTestFunction test;
	} tests[] = {
		{ "RFC 8439, A.1 and A.2", test_rfc8439_stream },
		{ "RFC 8439, A.4", test_rfc8439_mac_key },
		{ "every length to 2048, in batches", test_lengths },
		{ "every length to 2048, alone", test_lengths_alone },
		{ "lengths around 64 KiB", test_lengths_long },
		{ "every alignment", test_alignments },
		{ "mixed batches of 0 to 64", test_batches },
		{ "messages around the length of a section", test_sections },
		{ "nonces", test_nonces },
		{ "forgeries", test_forgeries },
		{ "Poly1305, accumulators at edges", test_poly1305_edges },
		{ "Poly1305, extreme keys", test_poly1305_keys },
	};
	static const struct CMUnitTest parameter[] = {
#ifdef WG_VECTORS
		cmocka_unit_test(test_parameter_shown),
		cmocka_unit_test(test_parameter_set),
#endif
	};
	static struct CMUnitTest all[ARRAY_SIZE(tests) * ARRAY_SIZE(implementations) +
				     ARRAY_SIZE(parameter)];
	static char names[ARRAY_SIZE(all)][160];
	size_t i, k, n = 0;

	for (i = 0; i < ARRAY_SIZE(implementations); i++) {
		const struct implementation *it = implementations + i;
		bool usable = wg_vector_usable(it->set);

		for (k = 0; k < ARRAY_SIZE(tests); k++, n++) {
			snprintf(names[n], sizeof(names[n]), "%s: %s%s", it->name, tests[k].name,
				 usable ? "" : ": this CPU does not have the instructions");
			all[n].name = names[n];
			all[n].test_func = usable ? tests[k].test : test_skipped;
			all[n].setup_func = usable ? enter : NULL;
			all[n].initial_state = (void *)it;
		}
	}
	memcpy(all + n, parameter, sizeof(parameter));
	return cmocka_run_group_tests(all, setup, teardown);
}
