// SPDX-License-Identifier: GPL-2.0
/*
 * The vendored primitives against the documents' vectors, against libsodium and OpenSSL as
 * independent references on every length from 0 to 512, at several alignments and against guard
 * pages, and on the extreme values at which carries go wrong. X25519 is in crypto_x25519.c, the
 * second part of this program. It is built three times: as test_crypto with the code for this CPU,
 * and through test_crypto51.c and test_crypto32.c with the portable code for 64-bit and 32-bit
 * machines. The same self-test, at load in the VM, tests the kernel backend.
 */
#include <stdio.h>

#include "crypto_test.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <linux/kernel.h>
#include <linux/string.h>
#include "blake2s_hash.h"
#include "chacha20.h"
#include "chacha20poly1305.h"
#include "crypto.h"
#include "memneq.h"
#include "poly1305.h"

#define LENGTHS 513
#define TAG WG_AEAD_TAG_LEN

static struct guarded guard_a, guard_b, guard_c;

static void test_selftest(void **state)
{
	(void)state;
	assert_int_equal(wg_crypto_selftest(), 0);
	assert_string_equal(wg_crypto_backend(), "vendored");
}

static void test_memneq(void **state)
{
	u8 a[40], b[40];
	size_t i, bit;

	(void)state;
	fill(a, sizeof(a), 1);
	memcpy(b, a, sizeof(a));
	assert_false(wg_memneq(a, b, sizeof(a)));
	assert_false(wg_memneq(a, a + 1, 0));
	for (i = 0; i < sizeof(a); ++i) {
		for (bit = 0; bit < 8; ++bit) {
			b[i] ^= 1 << bit;
			assert_true(wg_memneq(a, b, sizeof(a)));
			assert_false(wg_memneq(a, b, i));
			b[i] ^= 1 << bit;
		}
	}
}

/* ChaCha20 */

static const char sunscreen[] =
	"Ladies and Gentlemen of the class of '99: If I could offer you only "
	"one tip for the future, sunscreen would be it.";

static void test_chacha20_rfc8439(void **state)
{
	u8 key[32], want[128], got[128] = { 0 };
	struct wg_chacha20 st;
	size_t i, len;

	(void)state;
	for (i = 0; i < sizeof(key); ++i)
		key[i] = i;

	/* 2.3.2 is tested by single steps, since its nonce does not begin with zeros. */
	len = unhex(want, sizeof(want),
		    "10f1e7e4d13b5915500fdd1fa32071c4c7d1f4c733c068030422aa9ac3d46c4e"
		"d2826446079faa0914c2d705d98b02a2b5129cd1de164eb9cbd083e8a2503c4e");
	wg_chacha20_init(&st, key, 0x4a000000);
	st.word[12] = 1;
	st.word[13] = 0x09000000;
	wg_chacha20_xor(&st, got, got, len);
	assert_memory_equal(got, want, len);
	assert_int_equal(st.word[12], 2);

	/* 2.4.2 */
	len = unhex(want, sizeof(want),
		    "6e2e359a2568f98041ba0728dd0d6981e97e7aec1d4360c20a27afccfd9fae0b"
		"f91b65c5524733ab8f593dabcd62b3571639d624e65152ab8f530c359f0861d8"
		"07ca0dbf500d6a6156a38e088a22b65e52bc514d16ccf806818ce91ab7793736"
		"5af90bbf74a35be6b40b8eedf2785e42874d");
	wg_chacha20_init(&st, key, 0x4a000000);
	st.word[12] = 1;
	wg_chacha20_xor(&st, got, (const u8 *)sunscreen, len);
	assert_memory_equal(got, want, len);
}

/* draft-irtf-cfrg-xchacha-03, 2.2.1 */
static void test_hchacha20(void **state)
{
	u8 key[32], nonce[16], want[32], got[32];
	u32 seed;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(key); ++i)
		key[i] = i;
	unhex(nonce, sizeof(nonce), "000000090000004a0000000031415927");
	unhex(want, sizeof(want),
	      "82413b4227b27bfed30e42508a877d73a0f9e4d58a74a853c12ec41326d3ecdc");
	wg_hchacha20(got, key, nonce);
	assert_memory_equal(got, want, 32);
	wg_hchacha20(key, key, nonce);
	assert_memory_equal(key, want, 32);
	for (seed = 0; seed < 100; ++seed) {
		fill(key, sizeof(key), seed);
		fill(nonce, sizeof(nonce), ~seed);
		crypto_core_hchacha20(want, nonce, key, NULL);
		wg_hchacha20(got, key, nonce);
		assert_memory_equal(got, want, 32);
	}
}

/* A nonce of all ones, and a counter that passes through many blocks. */
static void test_chacha20_sodium(void **state)
{
	static u8 want[20000], got[20000];
	u8 key[32], nonce[12] = { 0 };
	struct wg_chacha20 st;

	(void)state;
	fill(key, sizeof(key), 7);
	memset(nonce + 4, 0xff, 8);
	crypto_stream_chacha20_ietf(want, sizeof(want), nonce, key);
	wg_chacha20_init(&st, key, ~0ULL);
	wg_chacha20_xor(&st, got, got, 128);
	wg_chacha20_xor(&st, got + 128, got + 128, sizeof(got) - 128);
	assert_memory_equal(got, want, sizeof(want));
}

/* The counter wraps around to block 0, and the nonce stays what it is. */
static void test_chacha20_counter_wraps(void **state)
{
	u8 key[32], nonce[12] = { 0 }, want[128], got[128] = { 0 };
	struct wg_chacha20 st;

	(void)state;
	fill(key, sizeof(key), 8);
	memset(nonce + 4, 0xff, 8);
	memset(want, 0, sizeof(want));
	crypto_stream_chacha20_ietf_xor_ic(want, want, 64, nonce, 0xffffffff, key);
	crypto_stream_chacha20_ietf_xor_ic(want + 64, want + 64, 64, nonce, 0, key);
	wg_chacha20_init(&st, key, ~0ULL);
	st.word[12] = 0xffffffff;
	wg_chacha20_xor(&st, got, got, sizeof(got));
	assert_memory_equal(got, want, sizeof(want));
}

/* Poly1305 */

static void poly1305(u8 tag[16], const u8 key[32], const u8 *in, size_t len)
{
	struct wg_poly1305 st, zero = { 0 };

	wg_poly1305_init(&st, key);
	wg_poly1305_update_padded(&st, in, len);
	wg_poly1305_final(&st, tag);
	assert_memory_equal(&st, &zero, sizeof(st));
}

/*
 * RFC 8439, A.3: vectors 1 and 5 to 11, which are whole blocks. The others test a padding that
 * the AEAD never uses.
 */
static void test_poly1305_rfc8439(void **state)
{
	static const struct {
		const char *r, *s, *data, *tag;
	} v[] = {
		{ "00000000000000000000000000000000",
		  "00000000000000000000000000000000",
		  "0000000000000000000000000000000000000000000000000000000000000000"
		  "0000000000000000000000000000000000000000000000000000000000000000",
		  "00000000000000000000000000000000" },
		{ "02000000000000000000000000000000",
		  "00000000000000000000000000000000",
		  "ffffffffffffffffffffffffffffffff",
		  "03000000000000000000000000000000" },
		{ "02000000000000000000000000000000",
		  "ffffffffffffffffffffffffffffffff",
		  "02000000000000000000000000000000",
		  "03000000000000000000000000000000" },
		{ "01000000000000000000000000000000",
		  "00000000000000000000000000000000",
		  "fffffffffffffffffffffffffffffffff0ffffffffffffffffffffffffffffff"
		  "11000000000000000000000000000000",
		  "05000000000000000000000000000000" },
		{ "01000000000000000000000000000000",
		  "00000000000000000000000000000000",
		  "fffffffffffffffffffffffffffffffffbfefefefefefefefefefefefefefefe"
		  "01010101010101010101010101010101",
		  "00000000000000000000000000000000" },
		{ "02000000000000000000000000000000",
		  "00000000000000000000000000000000",
		  "fdffffffffffffffffffffffffffffff",
		  "faffffffffffffffffffffffffffffff" },
		{ "01000000000000000400000000000000",
		  "00000000000000000000000000000000",
		  "e33594d7505e43b900000000000000003394d7505e4379cd0100000000000000"
		  "0000000000000000000000000000000001000000000000000000000000000000",
		  "14000000000000005500000000000000" },
		{ "01000000000000000400000000000000",
		  "00000000000000000000000000000000",
		  "e33594d7505e43b900000000000000003394d7505e4379cd0100000000000000"
		  "00000000000000000000000000000000",
		  "13000000000000000000000000000000" },
	};
	u8 key[32], data[64], want[16], got[16];
	size_t i, len;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(v); ++i) {
		unhex(key, 16, v[i].r);
		unhex(key + 16, 16, v[i].s);
		len = unhex(data, sizeof(data), v[i].data);
		unhex(want, sizeof(want), v[i].tag);
		poly1305(got, key, data, len);
		assert_memory_equal(got, want, 16);
	}
}

static void test_poly1305_extremes(void **state)
{
	u8 key[32], data[16 * 8], want[16], got[16];
	size_t len;
	u32 seed;

	(void)state;
	for (seed = 0; seed < 20000; ++seed) {
		fill_extreme(key, sizeof(key), 2 * seed);
		fill_extreme(data, sizeof(data), 2 * seed + 1);
		len = seed % 9 * 16;
		crypto_onetimeauth_poly1305(want, data, len, key);
		poly1305(got, key, data, len);
		assert_memory_equal(got, want, 16);
	}
}

/*
 * Carries that hardly ever occur by chance. With a small multiplier the accumulator is a
 * plain sum, and blocks of ones and zeros bring it to the edge of a limb or of p. More
 * blocks follow, so that a lost carry changes the result.
 */
static void test_poly1305_carries(void **state)
{
	static const u8 multipliers[] = { 0, 1, 1, 1, 2, 3, 4, 5, 8 };
	u8 key[32], draw[32], data[16 * 12], want[16], got[16], *block;
	size_t i;
	u32 seed;

	(void)state;
	for (seed = 0; seed < 20000; ++seed) {
		fill(draw, sizeof(draw), seed);
		memset(key, 0, sizeof(key));
		key[0] = multipliers[draw[0] % sizeof(multipliers)];
		/* 2^64 times the same, in addition or instead. */
		if (draw[0] & 0x80) {
			key[8] = 4 * multipliers[draw[1] % sizeof(multipliers)];
			key[0] *= draw[1] >> 7;
		}
		for (i = 0; i < 12; ++i) {
			block = data + 16 * i;
			memset(block, draw[2 + i] & 1 ? 0xff : 0, 16);
			if (draw[2 + i] & 2)
				memset(block, draw[2 + i] & 4 ? 0xff : 0, 8);
			if (draw[2 + i] & 8)
				block[0] -= draw[14 + i] % 8;
		}
		crypto_onetimeauth_poly1305(want, data, sizeof(data), key);
		poly1305(got, key, data, sizeof(data));
		assert_memory_equal(got, want, 16);
	}
}

/*
 * Keys and messages of one block whose product, with limbs of 26 bits, has ones in all limbs
 * and a second limb that is one too large: its carry goes through to the top, wraps around,
 * and makes the first limb too large.
 */
static void test_poly1305_wrapped_carry(void **state)
{
	static const struct {
		const char *r, *block;
	} cases[] = {
		{ "16c6e9092c99bf058c2e0708802ce40c", "3e7e0847a75a02660e3c20dfcad49d18" },
		{ "d15cfe0c503a9f050cdc470ea8136b0c", "5db98f778a47734d87ca2a61826343ea" },
	};
	u8 key[32] = { 0 }, data[16], got[16], want[16];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		unhex(key, 16, cases[i].r);
		unhex(data, sizeof(data), cases[i].block);
		crypto_onetimeauth_poly1305(want, data, sizeof(data), key);
		poly1305(got, key, data, sizeof(data));
		assert_memory_equal(got, want, sizeof(want));
	}
}

/* ChaCha20-Poly1305 */

/*
 * RFC 8439, A.5. (The nonce of the example in 2.8.2 does not begin with four zero bytes, which
 * these functions cannot express.)
 */
static void test_aead_rfc8439(void **state)
{
	static const char text[] =
		"Internet-Drafts are draft documents valid for a maximum of six months "
		"and may be updated, replaced, or obsoleted by other documents at any "
		"time. It is inappropriate to use Internet-Drafts as reference "
		"material or to cite them other than as "
		"/\xe2\x80\x9cwork in progress./\xe2\x80\x9d";
	u8 key[32], ad[12], want[300], got[300];
	size_t len;

	(void)state;
	unhex(key, sizeof(key),
	      "1c9240a5eb55d38af333888604f6b5f0473917c1402b80099dca5cbc207075c0");
	unhex(ad, sizeof(ad), "f33388860000000000004e91");
	len = unhex(want, sizeof(want),
		    "64a0861575861af460f062c79be643bd5e805cfd345cf389f108670ac76c8cb2"
		"4c6cfc18755d43eea09ee94e382d26b0bdb7b73c321b0100d4f03b7f355894cf"
		"332f830e710b97ce98c8a84abd0b948114ad176e008d33bd60f982b1ff37c855"
		"9797a06ef4f0ef61c186324e2b3506383606907b6a7c02b0f9f6157b53c867e4"
		"b9166c767b804d46a59b5216cde7a4e99040c5a40433225ee282a1b0a06c523e"
		"af4534d7f83fa1155b0047718cbc546a0d072b04b3564eea1b422273f548271a"
		"0bb2316053fa76991955ebd63159434ecebb4e466dae5a1073a6727627097a10"
		"49e617d91d361094fa68f0ff77987130305beaba2eda04df997b714d6c6f2c29"
		"a6ad5cb4022b02709beead9d67890cbb22392336fea1851f38");
	assert_int_equal(len, sizeof(text) - 1 + TAG);
	assert_true(wg_aead_decrypt(got, want, len, ad, sizeof(ad),
				    0x0807060504030201, key));
	assert_memory_equal(got, text, len - TAG);
	wg_aead_encrypt(got, (const u8 *)text, len - TAG, ad, sizeof(ad),
			0x0807060504030201, key);
	assert_memory_equal(got, want, len);
}

/* draft-irtf-cfrg-xchacha-03, A.3.1 */
static void test_xaead_draft(void **state)
{
	u8 key[32], nonce[24], ad[12], want[200], got[200];
	size_t i, len;

	(void)state;
	for (i = 0; i < sizeof(key); ++i)
		key[i] = 0x80 + i;
	for (i = 0; i < sizeof(nonce); ++i)
		nonce[i] = 0x40 + i;
	unhex(ad, sizeof(ad), "50515253c0c1c2c3c4c5c6c7");
	len = unhex(want, sizeof(want),
		    "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb"
		"731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54c216cb96b72e1213b452"
		"2f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff9"
		"21f9664c97637da9768812f615c68b13b52ec0875924c1c7987947deafd8780a"
		"cf49");
	assert_int_equal(len, sizeof(sunscreen) - 1 + TAG);
	wg_xaead_encrypt(got, (const u8 *)sunscreen, len - TAG, ad, sizeof(ad),
			 nonce, key);
	assert_memory_equal(got, want, len);
	assert_true(wg_xaead_decrypt(got, want, len, ad, sizeof(ad), nonce, key));
	assert_memory_equal(got, sunscreen, len - TAG);
}

/* One message of the reference. */
struct sample {
	u8 text[1500], box[1500 + TAG], xbox[1500 + TAG], ad[64];
	u8 key[32], nonce12[12], nonce24[24];
	size_t len, ad_len;
	u64 nonce;
};

static void sample_make(struct sample *s, size_t len, size_t ad_len)
{
	size_t i;

	s->len = len;
	s->ad_len = ad_len;
	fill(s->text, sizeof(s->text), 3 * len);
	fill(s->ad, sizeof(s->ad), 3 * len + 1);
	fill(s->key, sizeof(s->key), 3 * len + 2);
	fill(s->nonce24, sizeof(s->nonce24), 3 * len + 3);
	memset(s->nonce12, 0, 4);
	memcpy(s->nonce12 + 4, s->nonce24, 8);
	s->nonce = 0;
	for (i = 0; i < 8; ++i)
		s->nonce |= (u64)s->nonce24[i] << (8 * i);
	crypto_aead_chacha20poly1305_ietf_encrypt(s->box, NULL, s->text, len,
						  s->ad, ad_len, NULL,
						  s->nonce12, s->key);
	crypto_aead_xchacha20poly1305_ietf_encrypt(s->xbox, NULL, s->text, len,
						   s->ad, ad_len, NULL,
						   s->nonce24, s->key);
}

/* Encrypt and decrypt from @src to @dst, which are equal or disjoint. */
static void sample_check(const struct sample *s, u8 *dst, u8 *src, const u8 *ad)
{
	size_t len = s->len;

	memcpy(src, s->text, len);
	wg_aead_encrypt(dst, src, len, ad, s->ad_len, s->nonce, s->key);
	assert_memory_equal(dst, s->box, len + TAG);
	memcpy(src, s->box, len + TAG);
	assert_true(wg_aead_decrypt(dst, src, len + TAG, ad, s->ad_len, s->nonce,
				    s->key));
	assert_memory_equal(dst, s->text, len);

	memcpy(src, s->text, len);
	wg_xaead_encrypt(dst, src, len, ad, s->ad_len, s->nonce24, s->key);
	assert_memory_equal(dst, s->xbox, len + TAG);
	memcpy(src, s->xbox, len + TAG);
	assert_true(wg_xaead_decrypt(dst, src, len + TAG, ad, s->ad_len,
				     s->nonce24, s->key));
	assert_memory_equal(dst, s->text, len);
}

static void test_aead_lengths_alignments(void **state)
{
	static const u8 shift[][3] = {
		{ 0, 0, 0 }, { 1, 0, 0 }, { 0, 1, 2 }, { 3, 5, 7 }, { 7, 7, 1 },
		{ 4, 12, 4 }, { 15, 8, 15 }
	};
	static u8 src[1024] __aligned(64), dst[1024] __aligned(64);
	static u8 ad[128] __aligned(64);
	static struct sample s;
	size_t len, i;
	u8 *d;

	(void)state;
	for (len = 0; len < LENGTHS; ++len) {
		sample_make(&s, len, len % 50);
		for (i = 0; i < ARRAY_SIZE(shift); ++i) {
			memcpy(ad + shift[i][2], s.ad, s.ad_len);
			memset(dst, 0xa5, sizeof(dst));
			d = dst + 16 + shift[i][0];
			sample_check(&s, d, src + shift[i][1], ad + shift[i][2]);
			assert_int_equal(d[-1], 0xa5);
			assert_int_equal(d[len + TAG], 0xa5);
			sample_check(&s, d, d, ad + shift[i][2]);
			assert_int_equal(d[-1], 0xa5);
			assert_int_equal(d[len + TAG], 0xa5);
		}
	}
}

/* Here a read or a write beyond either end of any buffer is a fault. */
static void test_aead_guard_pages(void **state)
{
	static struct sample s;
	size_t len;
	u8 *dst, *src, *ad;

	(void)state;
	for (len = 0; len < LENGTHS; ++len) {
		sample_make(&s, len, len % 50);
		ad = memcpy(guard_end(&guard_c, s.ad_len), s.ad, s.ad_len);
		dst = guard_end(&guard_a, len + TAG);
		src = guard_end(&guard_b, len + TAG);
		sample_check(&s, dst, src, ad);
		sample_check(&s, dst, dst, ad);

		/* The plaintext to encrypt, and the one decrypted, end there too. */
		src = memcpy(guard_end(&guard_b, len), s.text, len);
		wg_aead_encrypt(dst, src, len, ad, s.ad_len, s.nonce, s.key);
		assert_memory_equal(dst, s.box, len + TAG);
		assert_true(wg_aead_decrypt(src, s.box, len + TAG, ad, s.ad_len,
					    s.nonce, s.key));
		assert_memory_equal(src, s.text, len);

		ad = memcpy(guard_c.room, s.ad, s.ad_len);
		sample_check(&s, guard_a.room, guard_b.room, ad);
	}
}

static void test_aead_null(void **state)
{
	u8 key[32] = { 0 }, tag[TAG], want[TAG];

	(void)state;
	crypto_aead_chacha20poly1305_ietf_encrypt(want, NULL, NULL, 0, NULL, 0,
						  NULL, key, key);
	wg_aead_encrypt(tag, NULL, 0, NULL, 0, 0, key);
	assert_memory_equal(tag, want, TAG);
	assert_true(wg_aead_decrypt(NULL, tag, TAG, NULL, 0, 0, key));
}

/* A second reference, on the sizes of a packet and of a GSO segment. */
static void test_aead_openssl(void **state)
{
	static const size_t lens[] = { 513, 1023, 1024, 1420, 1500 };
	u8 want[1500 + TAG], got[1500 + TAG];
	static struct sample s;
	EVP_CIPHER_CTX *ctx;
	size_t i;
	int n;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(lens); ++i) {
		sample_make(&s, lens[i], 13);
		ctx = EVP_CIPHER_CTX_new();
		assert_int_equal(EVP_EncryptInit_ex(ctx, EVP_chacha20_poly1305(),
						    NULL, s.key, s.nonce12), 1);
		assert_int_equal(EVP_EncryptUpdate(ctx, NULL, &n, s.ad, 13), 1);
		assert_int_equal(EVP_EncryptUpdate(ctx, want, &n, s.text,
						   lens[i]), 1);
		assert_int_equal(EVP_EncryptFinal_ex(ctx, want + n, &n), 1);
		assert_int_equal(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG,
						     TAG, want + lens[i]), 1);
		EVP_CIPHER_CTX_free(ctx);
		wg_aead_encrypt(got, s.text, lens[i], s.ad, 13, s.nonce, s.key);
		assert_memory_equal(got, want, lens[i] + TAG);
	}
}

static void refused(const struct sample *s, const u8 *box, size_t len,
		    const u8 *ad, u64 nonce, const u8 *key, bool extended)
{
	u8 out[256], before[256], nonce24[24];

	memset(out, 0xa5, sizeof(out));
	memcpy(before, out, sizeof(out));
	memcpy(nonce24, s->nonce24, sizeof(nonce24));
	nonce24[0] ^= nonce ^ s->nonce;
	if (extended)
		assert_false(wg_xaead_decrypt(out, box, len, ad, s->ad_len,
					      nonce24, key));
	else
		assert_false(wg_aead_decrypt(out, box, len, ad, s->ad_len, nonce,
					     key));
	/* Not a byte of plaintext, nor of anything else. */
	assert_memory_equal(out, before, sizeof(out));
}

static void test_aead_forgery(void **state)
{
	static const size_t lens[] = { 0, 1, 16, 63, 64, 65, 130 };
	u8 box[256], ad[64], key[32];
	static struct sample s;
	size_t i, j, bit, total;
	int extended;

	(void)state;
	for (i = 0; i < 2 * ARRAY_SIZE(lens); ++i) {
		extended = i & 1;
		sample_make(&s, lens[i / 2], 20);
		total = s.len + TAG;
		memcpy(box, extended ? s.xbox : s.box, total);
		memcpy(ad, s.ad, sizeof(ad));
		memcpy(key, s.key, sizeof(key));
		for (bit = 1; bit < 256; bit <<= 1) {
			for (j = 0; j < total; ++j) {
				box[j] ^= bit;
				refused(&s, box, total, ad, s.nonce, key,
					extended);
				box[j] ^= bit;
			}
			for (j = 0; j < s.ad_len; ++j) {
				ad[j] ^= bit;
				refused(&s, box, total, ad, s.nonce, key,
					extended);
				ad[j] ^= bit;
			}
			for (j = 0; j < sizeof(key); ++j) {
				key[j] ^= bit;
				refused(&s, box, total, ad, s.nonce, key,
					extended);
				key[j] ^= bit;
			}
			refused(&s, box, total, ad, s.nonce ^ bit, key,
				extended);
		}
		for (j = 0; j < total; ++j)
			refused(&s, box, j, ad, s.nonce, key, extended);
		/* Zeros moved between AD and text: the tag includes the lengths. */
		s.ad_len -= 1;
		refused(&s, box, total, ad, s.nonce, key, extended);
	}
}

/* BLAKE2s */

static void sequence(u8 *out, size_t len, u32 seed)
{
	u32 a = 0xdead4bad * seed, b = 1, sum;

	while (len--) {
		sum = a + b;
		a = b;
		b = sum;
		*out++ = sum >> 24;
	}
}

static void test_blake2s_rfc7693(void **state)
{
	static const size_t outs[] = { 16, 20, 28, 32 };
	static const size_t ins[] = { 0, 3, 64, 65, 255, 1024 };
	u8 md[32], want[32], key[32], in[1024];
	struct wg_blake2s all;
	size_t i, j;

	(void)state;
	/* Appendix B */
	unhex(want, sizeof(want),
	      "508c5e8c327c14e2e1a72ba34eeb452f37458b209ed63a294d999b4c86675982");
	wg_blake2s(md, 32, NULL, 0, (const u8 *)"abc", 3);
	assert_memory_equal(md, want, 32);

	/* Appendix E */
	unhex(want, sizeof(want),
	      "6a411f08ce25adcdfb02aba641451cec53c598b24f4fc787fbdc88797f4c1dfe");
	wg_blake2s_init(&all, 32);
	for (i = 0; i < ARRAY_SIZE(outs); ++i) {
		for (j = 0; j < ARRAY_SIZE(ins); ++j) {
			sequence(in, ins[j], ins[j]);
			sequence(key, outs[i], outs[i]);
			wg_blake2s(md, outs[i], NULL, 0, in, ins[j]);
			wg_blake2s_update(&all, md, outs[i]);
			wg_blake2s(md, outs[i], key, outs[i], in, ins[j]);
			wg_blake2s_update(&all, md, outs[i]);
		}
	}
	wg_blake2s_final(&all, md);
	assert_memory_equal(md, want, 32);
}

static void test_blake2s_openssl(void **state)
{
	u8 text[LENGTHS], md[32], want[32], *in;
	struct wg_blake2s st, zero = { 0 };
	size_t len, cut;

	(void)state;
	fill(text, sizeof(text), 5);
	for (len = 0; len < LENGTHS; ++len) {
		assert_int_equal(EVP_Digest(text, len, want, NULL,
					    EVP_blake2s256(), NULL), 1);
		in = memcpy(guard_end(&guard_a, len), text, len);
		wg_blake2s(guard_end(&guard_b, 32), 32, NULL, 0, in, len);
		assert_memory_equal(guard_end(&guard_b, 32), want, 32);
		for (cut = 0; cut <= len; cut += 1 + len / 70) {
			wg_blake2s_init(&st, 32);
			wg_blake2s_update(&st, text, cut);
			wg_blake2s_update(&st, text + cut, len - cut);
			wg_blake2s_final(&st, md);
			assert_memory_equal(md, want, 32);
			assert_memory_equal(&st, &zero, sizeof(st));
		}
	}
}

/*
 * OpenSSL has no keyed BLAKE2s with short digests. The digest of all results, with keys of 0 to
 * 32 bytes and digests of 1 to 32, must be that of Python's hashlib (crypto_reference.py). The
 * message is also passed byte by byte.
 */
static void test_blake2s_keyed(void **state)
{
	u8 text[LENGTHS], md[32], again[32], want[32], *key;
	struct wg_blake2s all, st;
	size_t len, keylen, outlen, i;

	(void)state;
	unhex(want, sizeof(want),
	      "c239fe753a83b518ed1c45d51665f326b99ea9c7df3f9bc766318028243c04d2");
	sequence(text, sizeof(text), 1);
	wg_blake2s_init(&all, 32);
	for (len = 0; len < LENGTHS; ++len) {
		keylen = len % 33;
		outlen = 1 + len % 32;
		key = memcpy(guard_end(&guard_a, keylen), text, keylen);
		memset(md, 0xa5, sizeof(md));
		wg_blake2s(md, outlen, key, keylen, text, len);
		for (i = outlen; i < sizeof(md); ++i)
			assert_int_equal(md[i], 0xa5);
		wg_blake2s_update(&all, md, outlen);

		wg_blake2s_init_key(&st, outlen, key, keylen);
		for (i = 0; i < len; ++i)
			wg_blake2s_update(&st, text + i, 1);
		wg_blake2s_final(&st, again);
		assert_memory_equal(again, md, outlen);
	}
	wg_blake2s_final(&all, md);
	assert_memory_equal(md, want, 32);
}

/* A copy of a state is independent. */
static void test_blake2s_fork(void **state)
{
	struct wg_blake2s a, b;
	u8 text[200], md[2][32];

	(void)state;
	fill(text, sizeof(text), 6);
	wg_blake2s_init(&a, 32);
	wg_blake2s_update(&a, text, 100);
	b = a;
	wg_blake2s_final(&a, md[0]);
	wg_blake2s_update(&b, text + 100, 100);
	wg_blake2s_final(&b, md[1]);
	wg_blake2s(text, 32, NULL, 0, text, 200);
	assert_memory_equal(md[1], text, 32);
	assert_memory_not_equal(md[0], md[1], 32);
}

static void test_hmac_openssl(void **state)
{
	u8 key[200], in[200], want[32], got[32];
	unsigned int n;
	size_t k, len;

	(void)state;
	fill(key, sizeof(key), 8);
	fill(in, sizeof(in), 9);
	for (k = 0; k < sizeof(key); ++k) {
		for (len = 0; len < sizeof(in); len += 1 + k % 7) {
			assert_non_null(HMAC(EVP_blake2s256(), key, k, in, len,
					     want, &n));
			assert_int_equal(n, 32);
			wg_blake2s_hmac(got, key, k, in, len);
			assert_memory_equal(got, want, 32);
		}
	}
	/* In key derivation the output overlaps the key or the input. */
	HMAC(EVP_blake2s256(), key, 32, in, 33, want, &n);
	memcpy(got, key, 32);
	wg_blake2s_hmac(got, got, 32, in, 33);
	assert_memory_equal(got, want, 32);
	wg_blake2s_hmac(in, key, 32, in, 33);
	assert_memory_equal(in, want, 32);
}

static int setup(void **state)
{
	(void)state;
	if (sodium_init() < 0)
		return -1;
	guard_setup(&guard_a, 2 * PAGE);
	guard_setup(&guard_b, 2 * PAGE);
	guard_setup(&guard_c, 2 * PAGE);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_selftest),
		cmocka_unit_test(test_memneq),
		cmocka_unit_test(test_chacha20_rfc8439),
		cmocka_unit_test(test_hchacha20),
		cmocka_unit_test(test_chacha20_sodium),
		cmocka_unit_test(test_chacha20_counter_wraps),
		cmocka_unit_test(test_poly1305_rfc8439),
		cmocka_unit_test(test_poly1305_extremes),
		cmocka_unit_test(test_poly1305_carries),
		cmocka_unit_test(test_poly1305_wrapped_carry),
		cmocka_unit_test(test_aead_rfc8439),
		cmocka_unit_test(test_xaead_draft),
		cmocka_unit_test(test_aead_lengths_alignments),
		cmocka_unit_test(test_aead_guard_pages),
		cmocka_unit_test(test_aead_null),
		cmocka_unit_test(test_aead_openssl),
		cmocka_unit_test(test_aead_forgery),
		cmocka_unit_test(test_blake2s_rfc7693),
		cmocka_unit_test(test_blake2s_openssl),
		cmocka_unit_test(test_blake2s_keyed),
		cmocka_unit_test(test_blake2s_fork),
		cmocka_unit_test(test_hmac_openssl),
	};

	return cmocka_run_group_tests(tests, setup, NULL) + run_x25519_tests(&guard_a, &guard_b);
}
