// SPDX-License-Identifier: GPL-2.0
/*
 * Compares the primitives of either backend with known answers when the module
 * is loaded: a module with wrong cryptography must not load. The answers are
 * from the cited documents. The answers for the sweep of lengths, around the
 * boundaries of blocks and of vector units, are from an independent
 * implementation, tests/unit/crypto_reference.py. The exhaustive tests are in
 * tests/unit.
 */
#include "crypto.h"

#include <linux/bug.h>
#include <linux/errno.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/printk.h>
#include <linux/string.h>

#include "aead_many.h"
#include "blake2s_hash.h"
#include "chacha20poly1305.h"
#include "curve25519.h"
#include "stacktest.h"
#include "vector.h"

/* The lengths of the sweep; crypto_reference.py has the same list. */
static const u16 wg_sweep[] __initconst = {
	0, 1, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 191, 192, 193,
	255, 256, 257, 319, 320, 321, 511, 512, 513, 1023, 1024, 1025, 1420,
	2047, 2048
};

#define SWEEP_MAX 2048

/* Batches with messages of one section and more, and with messages that have no text. */
#define LONGEST (2 * WG_SECTION_BYTES + 1)

static const u16 wg_long_batches[][3] __initconst = {
	{ WG_SECTION_BYTES, 0, 0 }, { WG_SECTION_BYTES + 1, 0, 100 },
	{ 0, WG_SECTION_BYTES + 1, 0 }, { LONGEST, 0, 64 },
};

static u8 wg_test_msg[LONGEST] __initdata;
static u8 wg_test_box[LONGEST + WG_AEAD_TAG_LEN] __initdata;
/* The messages of wg_test_aead_batch(): at most 9 of the sweep, more than one section takes. */
#define WG_TEST_MANY (9 * (SWEEP_MAX + WG_AEAD_TAG_LEN))
static u8 wg_test_many[WG_TEST_MANY] __initdata;
static u8 wg_test_out[WG_TEST_MANY] __initdata;

/* RFC 7693, appendix B: "abc". */
static const u8 wg_answer_abc[] __initconst = {
	0x50, 0x8c, 0x5e, 0x8c, 0x32, 0x7c, 0x14, 0xe2, 0xe1, 0xa7, 0x2b, 0xa3,
	0x4e, 0xeb, 0x45, 0x2f, 0x37, 0x45, 0x8b, 0x20, 0x9e, 0xd6, 0x3a, 0x29,
	0x4d, 0x99, 0x9b, 0x4c, 0x86, 0x67, 0x59, 0x82,
};

/* RFC 7693, appendix E: the hash over all digests of its self-test. */
static const u8 wg_answer_blake2s[] __initconst = {
	0x6a, 0x41, 0x1f, 0x08, 0xce, 0x25, 0xad, 0xcd, 0xfb, 0x02, 0xab, 0xa6,
	0x41, 0x45, 0x1c, 0xec, 0x53, 0xc5, 0x98, 0xb2, 0x4f, 0x4f, 0xc7, 0x87,
	0xfb, 0xdc, 0x88, 0x79, 0x7f, 0x4c, 0x1d, 0xfe,
};

static const u8 wg_answer_hmac[] __initconst = {
	0x79, 0x2d, 0xaf, 0xea, 0x4a, 0xd6, 0x38, 0xf9, 0xb2, 0x65, 0x50, 0x6c,
	0xc7, 0xc4, 0x83, 0x3a, 0x89, 0xdd, 0x02, 0x1b, 0xe2, 0x1a, 0xfb, 0x06,
	0x75, 0x1b, 0xf7, 0xbc, 0xe2, 0x18, 0x13, 0xee,
};

/* RFC 8439, appendix A.5. The tag covers the whole ciphertext. */
static const u8 wg_a5_text[] __initconst =
	"Internet-Drafts are draft documents valid for a maximum of six months "
	"and may be updated, replaced, or obsoleted by other documents at any "
	"time. It is inappropriate to use Internet-Drafts as reference "
	"material or to cite them other than as "
	"/\xe2\x80\x9cwork in progress./\xe2\x80\x9d";

static const u8 wg_a5_key[] __initconst = {
	0x1c, 0x92, 0x40, 0xa5, 0xeb, 0x55, 0xd3, 0x8a, 0xf3, 0x33, 0x88, 0x86,
	0x04, 0xf6, 0xb5, 0xf0, 0x47, 0x39, 0x17, 0xc1, 0x40, 0x2b, 0x80, 0x09,
	0x9d, 0xca, 0x5c, 0xbc, 0x20, 0x70, 0x75, 0xc0,
};

static const u8 wg_a5_ad[] __initconst = {
	0xf3, 0x33, 0x88, 0x86, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x4e, 0x91,
};

static const u8 wg_a5_tag[] __initconst = {
	0xee, 0xad, 0x9d, 0x67, 0x89, 0x0c, 0xbb, 0x22, 0x39, 0x23, 0x36, 0xfe,
	0xa1, 0x85, 0x1f, 0x38,
};

#define A5_NONCE 0x0807060504030201ULL

static const u8 wg_answer_aead[] __initconst = {
	0xc6, 0x15, 0x6b, 0x40, 0xc8, 0xc8, 0x13, 0x0c, 0x1c, 0x1f, 0x21, 0x4d,
	0xb8, 0x64, 0x2c, 0x48, 0x8a, 0xb9, 0x0f, 0x47, 0x5f, 0x42, 0x4c, 0x66,
	0x2a, 0x8f, 0x11, 0x22, 0xd3, 0xa8, 0xf3, 0xaf,
};

/* draft-irtf-cfrg-xchacha-03, appendix A.3.1: key 80.., nonce 40... */
static const u8 wg_a31_text[] __initconst =
	"Ladies and Gentlemen of the class of '99: If I could offer you only "
	"one tip for the future, sunscreen would be it.";

static const u8 wg_a31_ad[] __initconst = {
	0x50, 0x51, 0x52, 0x53, 0xc0, 0xc1, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7,
};

static const u8 wg_a31_tag[] __initconst = {
	0xc0, 0x87, 0x59, 0x24, 0xc1, 0xc7, 0x98, 0x79, 0x47, 0xde, 0xaf, 0xd8,
	0x78, 0x0a, 0xcf, 0x49,
};

static const u8 wg_answer_xaead[] __initconst = {
	0xd6, 0x31, 0x27, 0xe2, 0x65, 0x6e, 0xbc, 0xff, 0x7b, 0x71, 0x78, 0xd0,
	0x36, 0xaa, 0x7a, 0x88, 0x2e, 0xf5, 0x8d, 0xcd, 0x4f, 0x8d, 0xc8, 0x14,
	0x6d, 0x28, 0x14, 0x1f, 0x46, 0x38, 0x07, 0xa0,
};

/* RFC 7748, section 5.2, both vectors: scalar, point, result. */
static const u8 wg_answer_x25519[][3][WG_CURVE25519_LEN] __initconst = {
	{ {
		0xa5, 0x46, 0xe3, 0x6b, 0xf0, 0x52, 0x7c, 0x9d, 0x3b, 0x16, 0x15, 0x4b,
		0x82, 0x46, 0x5e, 0xdd, 0x62, 0x14, 0x4c, 0x0a, 0xc1, 0xfc, 0x5a, 0x18,
		0x50, 0x6a, 0x22, 0x44, 0xba, 0x44, 0x9a, 0xc4,
	}, {
		0xe6, 0xdb, 0x68, 0x67, 0x58, 0x30, 0x30, 0xdb, 0x35, 0x94, 0xc1, 0xa4,
		0x24, 0xb1, 0x5f, 0x7c, 0x72, 0x66, 0x24, 0xec, 0x26, 0xb3, 0x35, 0x3b,
		0x10, 0xa9, 0x03, 0xa6, 0xd0, 0xab, 0x1c, 0x4c,
	}, {
		0xc3, 0xda, 0x55, 0x37, 0x9d, 0xe9, 0xc6, 0x90, 0x8e, 0x94, 0xea, 0x4d,
		0xf2, 0x8d, 0x08, 0x4f, 0x32, 0xec, 0xcf, 0x03, 0x49, 0x1c, 0x71, 0xf7,
		0x54, 0xb4, 0x07, 0x55, 0x77, 0xa2, 0x85, 0x52,
	} }, { {
		0x4b, 0x66, 0xe9, 0xd4, 0xd1, 0xb4, 0x67, 0x3c, 0x5a, 0xd2, 0x26, 0x91,
		0x95, 0x7d, 0x6a, 0xf5, 0xc1, 0x1b, 0x64, 0x21, 0xe0, 0xea, 0x01, 0xd4,
		0x2c, 0xa4, 0x16, 0x9e, 0x79, 0x18, 0xba, 0x0d,
	}, {
		0xe5, 0x21, 0x0f, 0x12, 0x78, 0x68, 0x11, 0xd3, 0xf4, 0xb7, 0x95, 0x9d,
		0x05, 0x38, 0xae, 0x2c, 0x31, 0xdb, 0xe7, 0x10, 0x6f, 0xc0, 0x3c, 0x3e,
		0xfc, 0x4c, 0xd5, 0x49, 0xc7, 0x15, 0xa4, 0x93,
	}, {
		0x95, 0xcb, 0xde, 0x94, 0x76, 0xe8, 0x90, 0x7d, 0x7a, 0xad, 0xe4, 0x5c,
		0xb4, 0xb8, 0x73, 0xf8, 0x8b, 0x59, 0x5a, 0x68, 0x79, 0x9f, 0xa1, 0x52,
		0xe6, 0xf8, 0xf7, 0x64, 0x7a, 0xac, 0x79, 0x57,
	} },
};

/* Of the secrets of wg_test_curve25519_more(). */
static const u8 wg_answer_x25519_more[] __initconst = {
	0xfc, 0x94, 0x29, 0xd7, 0xab, 0x80, 0x25, 0x01, 0x69, 0x22, 0x6c, 0x83,
	0x82, 0xd6, 0xf6, 0x07, 0xab, 0x3f, 0x3a, 0xc2, 0x14, 0x3e, 0x6e, 0xdc,
	0x90, 0x4b, 0xc5, 0x37, 0xee, 0xdb, 0x34, 0xca,
};

/* RFC 7748, section 6.1: Alice's private and public key. */
static const u8 wg_alice_private[] __initconst = {
	0x77, 0x07, 0x6d, 0x0a, 0x73, 0x18, 0xa5, 0x7d, 0x3c, 0x16, 0xc1, 0x72,
	0x51, 0xb2, 0x66, 0x45, 0xdf, 0x4c, 0x2f, 0x87, 0xeb, 0xc0, 0x99, 0x2a,
	0xb1, 0x77, 0xfb, 0xa5, 0x1d, 0xb9, 0x2c, 0x2a,
};

static const u8 wg_alice_public[] __initconst = {
	0x85, 0x20, 0xf0, 0x09, 0x89, 0x30, 0xa7, 0x54, 0x74, 0x8b, 0x7d, 0xdc,
	0xb4, 0x3e, 0xf7, 0x5a, 0x0d, 0xbf, 0x3a, 0x0d, 0x26, 0x38, 0x1a, 0xf4,
	0xeb, 0xa4, 0xa9, 0x8e, 0xaa, 0x9b, 0x4e, 0x6a,
};

/* A point of order 8 on the curve. */
static const u8 wg_low_order[] __initconst = {
	0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa,
	0xf1, 0x9f, 0xc4, 0x6a, 0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd,
	0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00,
};

/* The pseudo-random sequence of RFC 7693, appendix E. */
static void __init wg_test_sequence(u8 *out, size_t len, u32 seed)
{
	u32 a = 0xdead4bad * seed, b = 1, sum;

	while (len--) {
		sum = a + b;
		a = b;
		b = sum;
		*out++ = sum >> 24;
	}
}

static bool __init wg_test_blake2s(void)
{
	static const u8 outlens[] __initconst = { 16, 20, 28, 32 };
	static const u16 inlens[] __initconst = { 0, 3, 64, 65, 255, 1024 };
	u8 md[WG_BLAKE2S_LEN], key[WG_BLAKE2S_LEN];
	struct wg_blake2s all;
	size_t i, j, out, in;

	wg_blake2s(md, sizeof(md), NULL, 0, (const u8 *)"abc", 3);
	if (memcmp(md, wg_answer_abc, sizeof(md)))
		return false;

	wg_blake2s_init(&all, WG_BLAKE2S_LEN);
	for (i = 0; i < ARRAY_SIZE(outlens); i++) {
		for (j = 0; j < ARRAY_SIZE(inlens); j++) {
			out = outlens[i];
			in = inlens[j];
			wg_test_sequence(wg_test_msg, in, in);
			wg_test_sequence(key, out, out);
			wg_blake2s(md, out, NULL, 0, wg_test_msg, in);
			wg_blake2s_update(&all, md, out);
			wg_blake2s(md, out, key, out, wg_test_msg, in);
			wg_blake2s_update(&all, md, out);
		}
	}
	wg_blake2s_final(&all, md);
	return !memcmp(md, wg_answer_blake2s, sizeof(md));
}

static bool __init wg_test_hmac(void)
{
	u8 md[WG_BLAKE2S_LEN];
	struct wg_blake2s all;
	size_t i, len;

	wg_test_sequence(wg_test_msg, SWEEP_MAX, 1);
	wg_blake2s_init(&all, WG_BLAKE2S_LEN);
	for (i = 0; i < ARRAY_SIZE(wg_sweep); i++) {
		len = wg_sweep[i];
		wg_blake2s_hmac(md, wg_test_msg, len % 97, wg_test_msg, len);
		wg_blake2s_update(&all, md, sizeof(md));
	}
	wg_blake2s_final(&all, md);
	return !memcmp(md, wg_answer_hmac, sizeof(md));
}

static bool __init wg_test_aead(void)
{
	const size_t text_len = sizeof(wg_a5_text) - 1;
	u8 key[WG_AEAD_KEY_LEN], md[WG_BLAKE2S_LEN];
	struct wg_blake2s all;
	size_t i, len, ad;
	u64 nonce;

	wg_aead_encrypt(wg_test_box, wg_a5_text, text_len, wg_a5_ad,
			sizeof(wg_a5_ad), A5_NONCE, wg_a5_key);
	if (memcmp(wg_test_box + text_len, wg_a5_tag, sizeof(wg_a5_tag)))
		return false;

	wg_test_sequence(key, sizeof(key), 32);
	wg_test_sequence(wg_test_msg, SWEEP_MAX, 1);
	wg_blake2s_init(&all, WG_BLAKE2S_LEN);
	for (i = 0; i < ARRAY_SIZE(wg_sweep); i++) {
		len = wg_sweep[i];
		ad = len % 33;
		nonce = (u64)len << 40 | len;
		wg_aead_encrypt(wg_test_box, wg_test_msg, len, wg_test_msg, ad,
				nonce, key);
		len += WG_AEAD_TAG_LEN;
		wg_blake2s_update(&all, wg_test_box, len);
		/* First with the last bit changed, then unchanged. */
		wg_test_box[len - 1] ^= 0x80;
		if (wg_aead_decrypt(wg_test_box, wg_test_box, len, wg_test_msg,
				    ad, nonce, key))
			return false;
		wg_aead_encrypt(wg_test_box, wg_test_msg, wg_sweep[i],
				wg_test_msg, ad, nonce, key);
		if (!wg_aead_decrypt(wg_test_box, wg_test_box, len, wg_test_msg,
				     ad, nonce, key) ||
		    memcmp(wg_test_box, wg_test_msg, wg_sweep[i]))
			return false;
	}
	wg_blake2s_final(&all, md);
	return !memcmp(md, wg_answer_aead, sizeof(md));
}

/*
 * @many messages with the lengths @lens: encryption against wg_aead_encrypt(), and decryption to
 * other memory while the tag of message @forged is wrong. Then that message in place, unchanged.
 */
static bool __init wg_test_aead_batch(const u16 *lens, unsigned int many, unsigned int forged,
				      const u8 *key)
{
	struct wg_aead_message m[WG_AEAD_MANY];
	unsigned int i, at = 0;

	for (i = 0; i < many; i++) {
		m[i] = (struct wg_aead_message) {
			.dst = wg_test_many + at, .src = wg_test_msg, .len = lens[i],
			.nonce = (u64)lens[i] << 31 | i,
		};
		at += m[i].len + WG_AEAD_TAG_LEN;
	}
	wg_aead_encrypt_many(m, many, key);
	for (i = 0; i < many; i++) {
		wg_aead_encrypt(wg_test_box, wg_test_msg, m[i].len, NULL, 0, m[i].nonce, key);
		if (memcmp(m[i].dst, wg_test_box, m[i].len + WG_AEAD_TAG_LEN))
			return false;
		m[i].src = m[i].dst;
		m[i].dst = wg_test_out + (m[i].src - wg_test_many);
	}
	memset(wg_test_out, 0x5a, at);
	wg_test_many[m[forged].src - wg_test_many + m[forged].len] ^= 1;
	wg_aead_decrypt_many(m, many, key);
	for (i = 0; i < many; i++) {
		if (m[i].ok != (i != forged))
			return false;
		if (m[i].ok && memcmp(m[i].dst, wg_test_msg, m[i].len))
			return false;
	}
	/* Untouched or wiped: all bytes are equal. */
	m[0] = m[forged];
	if (m[0].len > 1 && memcmp(m[0].dst, m[0].dst + 1, m[0].len - 1))
		return false;
	m[0].dst = wg_test_many + (m[0].src - wg_test_many);
	m[0].dst[m[0].len] ^= 1;
	wg_aead_decrypt_many(m, 1, key);
	return m[0].ok && !memcmp(m[0].dst, wg_test_msg, m[0].len);
}

static bool __init wg_test_aead_many(void)
{
	u8 key[WG_AEAD_KEY_LEN];
	unsigned int many, j;
	size_t i;

	wg_test_sequence(key, sizeof(key), 32);
	wg_test_sequence(wg_test_msg, LONGEST, 1);
	for (i = 0; i < ARRAY_SIZE(wg_sweep); i++) {
		many = min_t(size_t, ARRAY_SIZE(wg_sweep) - i, 1 + i % 9);
		if (!wg_test_aead_batch(wg_sweep + i, many, i % many, key))
			return false;
	}
	for (i = 0; i < ARRAY_SIZE(wg_long_batches); i++)
		for (j = 0; j < ARRAY_SIZE(wg_long_batches[i]); j++)
			if (!wg_test_aead_batch(wg_long_batches[i], 3, j, key))
				return false;
	return wg_vector_current() == WG_VECTOR_NONE || wg_vector_selftest();
}

static bool __init wg_test_xaead(void)
{
	const size_t text_len = sizeof(wg_a31_text) - 1;
	u8 key[WG_AEAD_KEY_LEN], nonce[WG_XAEAD_NONCE_LEN], md[WG_BLAKE2S_LEN];
	struct wg_blake2s all;
	size_t i, len, ad;

	for (i = 0; i < sizeof(key); i++)
		key[i] = 0x80 + i;
	for (i = 0; i < sizeof(nonce); i++)
		nonce[i] = 0x40 + i;
	wg_xaead_encrypt(wg_test_box, wg_a31_text, text_len, wg_a31_ad,
			 sizeof(wg_a31_ad), nonce, key);
	if (memcmp(wg_test_box + text_len, wg_a31_tag, sizeof(wg_a31_tag)))
		return false;

	wg_test_sequence(key, sizeof(key), 32);
	wg_test_sequence(wg_test_msg, SWEEP_MAX, 1);
	wg_blake2s_init(&all, WG_BLAKE2S_LEN);
	for (i = 0; i < ARRAY_SIZE(wg_sweep); i++) {
		len = wg_sweep[i];
		ad = len % 33;
		wg_test_sequence(nonce, sizeof(nonce), len);
		wg_xaead_encrypt(wg_test_box, wg_test_msg, len, wg_test_msg, ad,
				 nonce, key);
		len += WG_AEAD_TAG_LEN;
		wg_blake2s_update(&all, wg_test_box, len);
		if (!wg_xaead_decrypt(wg_test_box, wg_test_box, len, wg_test_msg,
				      ad, nonce, key) ||
		    memcmp(wg_test_box, wg_test_msg, wg_sweep[i]))
			return false;
		wg_xaead_encrypt(wg_test_box, wg_test_msg, wg_sweep[i],
				 wg_test_msg, ad, nonce, key);
		nonce[0] ^= 1;
		if (wg_xaead_decrypt(wg_test_box, wg_test_box, len, wg_test_msg,
				     ad, nonce, key))
			return false;
	}
	wg_blake2s_final(&all, md);
	return !memcmp(md, wg_answer_xaead, sizeof(md));
}

/*
 * Secrets with all bits and with no bit set, and pseudo-random ones: the public key, and
 * the shared secrets of a point, and of a point that is not below p.
 */
static bool __init wg_test_curve25519_more(void)
{
	u8 out[WG_CURVE25519_LEN], secret[WG_CURVE25519_LEN], point[WG_CURVE25519_LEN];
	struct wg_blake2s all;
	u32 i;

	wg_blake2s_init(&all, WG_BLAKE2S_LEN);
	for (i = 0; i < 6; i++) {
		wg_test_sequence(secret, sizeof(secret), i);
		if (i < 2)
			memset(secret, i ? 0 : 0xff, sizeof(secret));
		if (i == 1)
			secret[0] = 1;
		if (!wg_curve25519_public(out, secret))
			return false;
		wg_blake2s_update(&all, out, sizeof(out));
		wg_test_sequence(point, sizeof(point), 100 + i);
		if (!wg_curve25519(out, secret, point))
			return false;
		wg_blake2s_update(&all, out, sizeof(out));
		memset(point, 0xff, sizeof(point));
		if (!wg_curve25519(out, secret, point))
			return false;
		wg_blake2s_update(&all, out, sizeof(out));
	}
	wg_blake2s_final(&all, out);
	return !memcmp(out, wg_answer_x25519_more, sizeof(out));
}

static bool __init wg_test_curve25519(void)
{
	u8 out[WG_CURVE25519_LEN], in[2][WG_CURVE25519_LEN];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(wg_answer_x25519); i++) {
		memcpy(in, wg_answer_x25519[i], sizeof(in));
		if (!wg_curve25519(out, in[0], in[1]) ||
		    memcmp(out, wg_answer_x25519[i][2], sizeof(out)))
			return false;
	}
	if (!wg_curve25519_public(out, wg_alice_private) ||
	    memcmp(out, wg_alice_public, sizeof(out)))
		return false;
	memset(in, 0, sizeof(in));
	if (wg_curve25519_public(out, in[0]) ||
	    wg_curve25519(out, wg_alice_private, in[1]) ||
	    wg_curve25519(out, wg_alice_private, wg_low_order))
		return false;
	memset(out, 0xff, sizeof(out));
	wg_curve25519_clamp(out);
	return out[0] == 0xf8 && out[1] == 0xff && out[30] == 0xff &&
	       out[31] == 0x7f && wg_test_curve25519_more();
}

/* Tests all implementations, and selects the fastest one that gives the right answers. */
static bool __init wg_test_curve25519_all(void)
{
	unsigned int i, best = 0;

	for (i = 0; i < wg_curve25519_implementations(); i++) {
		wg_curve25519_select(i);
		if (wg_test_curve25519()) {
			best = i;
			continue;
		}
		if (!i)
			return false;
		pr_err("Curve25519: the code for this CPU (%s) fails its self-test and is not used\n",
		       wg_curve25519_name());
	}
	wg_curve25519_select(best);
	return true;
}

static char wg_backend_name[sizeof("vendored, ssse3") + 8] = WG_CRYPTO_BACKEND;

const char *wg_crypto_backend(void)
{
	return wg_backend_name;
}

/* Selects the fastest set that is allowed, that the machine has, and that passes the test. */
static void __init wg_select_vectors(void)
{
	enum wg_vector_set set;

	for (set = wg_vector_allowed(); set > WG_VECTOR_NONE; set--) {
		if (!wg_vector_usable(set))
			continue;
		wg_vector_use(set);
		if (wg_test_aead_many()) {
			snprintf(wg_backend_name, sizeof(wg_backend_name), "%s, %s",
				 WG_CRYPTO_BACKEND, wg_vector_name(set));
			return;
		}
		pr_err("ChaCha20-Poly1305 with %s fails its self-test and is not used. The CPU or the compiler may be faulty.\n",
		       wg_vector_name(set));
		wg_vector_use(WG_VECTOR_NONE);
	}
}

/* BLAKE2s is first, because the sweeps of the others are hashed with it. */
int __init wg_crypto_selftest(void)
{
	static const struct {
		bool (*run)(void);
		const char *name;
	} tests[] = {
		{ wg_test_blake2s, "BLAKE2s" },
		{ wg_test_hmac, "HMAC-BLAKE2s" },
		{ wg_test_aead, "ChaCha20-Poly1305" },
		{ wg_test_aead_many, "ChaCha20-Poly1305 in batches" },
		{ wg_test_xaead, "XChaCha20-Poly1305" },
		{ wg_test_curve25519_all, "Curve25519" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(tests); i++) {
		if (!tests[i].run()) {
			pr_err("Not loaded: %s of the %s crypto backend fails its self-test\n",
			       tests[i].name, WG_CRYPTO_BACKEND);
			return -EBADMSG;
		}
	}
	wg_select_vectors();
	wg_crypto_stacktest();
	return 0;
}
