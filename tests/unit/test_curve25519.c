// SPDX-License-Identifier: GPL-2.0
/*
 * Curve25519: each implementation that this CPU can run, against the others and libsodium; the
 * arithmetic of fe25519_adx.h with words as full as its comments allow, against OpenSSL's
 * numbers; the reads of the table of curve25519_base.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include <openssl/bn.h>
#include <sodium.h>

#include <asm/byteorder.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include "curve25519.h"
#include "curve25519_base.h"
#ifdef WG_CRYPTO_ADX
#include "fe25519_adx.h"
#endif

/* Reproducible: the same bytes in every run, on every machine. */
static void fill(void *out, size_t len, u32 seed)
{
	u8 key[randombytes_SEEDBYTES] = { 0 };
	__le32 le = cpu_to_le32(seed);

	memcpy(key, &le, sizeof(le));
	randombytes_buf_deterministic(out, len, key);
}

/* Bytes at which carries run, or any bytes. */
static void draw_bytes(u8 out[32], u32 seed)
{
	static const u8 values[] = { 0x00, 0x00, 0xff, 0xff, 0xff, 0xfe, 0x7f, 0x80 };
	size_t i;

	fill(out, 32, seed);
	for (i = 0; seed % 2 && i < 32; i++)
		out[i] = values[out[i] % 8];
}

/* The numbers of wg_curve25519_select(). */
static const unsigned int portable, adx = 1;

static void test_results(void **state)
{
	u8 k[32], u[32], want[32], base[32], got[32];
	u32 seed;
	int err;

	wg_curve25519_select(*(unsigned int *)*state);
	for (seed = 0; seed < 400; ++seed) {
		draw_bytes(k, 2 * seed);
		draw_bytes(u, 4 * seed + seed / 2 % 2);
		/* The values around p. */
		if (seed % 8 == 7) {
			memset(u, 0xff, 32);
			u[0] = 0xe0 + seed / 8 % 32;
			u[31] = seed % 16 == 7 ? 0x7f : 0xff;
		}
		err = crypto_scalarmult_curve25519(want, k, u);
		crypto_scalarmult_curve25519_base(base, k);
		assert_int_equal(wg_curve25519(got, k, u), !err);
		if (!err)
			assert_memory_equal(got, want, 32);
		assert_true(wg_curve25519_public(got, k));
		assert_memory_equal(got, base, 32);
	}
}

/* Secrets with one bit, with all but one, and all patterns of the teeth of one comb. */
static void test_base_patterns(void **state)
{
	u8 k[32], want[32], got[32];
	unsigned int bit, n;

	wg_curve25519_select(*(unsigned int *)*state);
	for (n = 0; n < 512; ++n) {
		bit = n / 2;
		memset(k, n % 2 ? 0xff : 0, 32);
		k[bit / 8] ^= 1 << bit % 8;
		crypto_scalarmult_curve25519_base(want, k);
		assert_true(wg_curve25519_public(got, k));
		assert_memory_equal(got, want, 32);
	}
}

/* The digits of each comb and step are those of the secret, and each entry is found. */
static void test_comb_read(void **state)
{
	static struct wg_comb_entry seen[WG_COMBS * WG_COMB_ENTRIES];
	struct wg_comb_entry entry, none = { 0 };
	unsigned int comb, step, i, bit, digits, index;
	unsigned long negative;
	u8 k[32];

	(void)state;
	for (comb = 0; comb < WG_COMBS; ++comb) {
		for (step = 0; step < WG_COMB_STEPS; ++step) {
			for (digits = 0; digits < 1 << WG_COMB_TEETH; ++digits) {
				/* All other bits differ between the steps. */
				fill(k, 32, comb * 100 + step);
				for (i = 0; i < WG_COMB_TEETH; ++i) {
					bit = WG_COMB_TEETH * comb + i;
					bit = 3 + step + WG_COMB_STEPS * bit;
					k[bit / 8] &= ~(1 << bit % 8);
					k[bit / 8] |= (digits >> i & 1) << bit % 8;
				}
				negative = wg_comb_read(&entry, k, comb, step);
				assert_true(negative == (digits & 8 ? 0 : ~0UL));
				assert_memory_not_equal(&entry, &none, sizeof(entry));
				index = (digits & 8 ? digits : ~digits) & 7;
				index += comb * WG_COMB_ENTRIES;
				if (!memcmp(&seen[index], &none, sizeof(none)))
					seen[index] = entry;
				assert_memory_equal(&seen[index], &entry, sizeof(entry));
			}
		}
	}
	for (i = 0; i < WG_COMBS * WG_COMB_ENTRIES; ++i)
		for (bit = 0; bit < i; ++bit)
			assert_memory_not_equal(&seen[i], &seen[bit], sizeof(none));
}

#ifdef WG_CRYPTO_ADX
/* 2^255 + 2^23 - 1, the greatest tight element. */
static const struct wg_adx tightest = { { (1U << 23) - 1, 0, 0, 1ULL << 63 } };

/* Draws words of zeros, of ones, or any; a tight element is drawn near both of its ends, too. */
static void adx_draw(struct wg_adx *a, u32 seed, bool loose)
{
	u64 draw[6];
	int i;

	fill(draw, sizeof(draw), seed);
	for (i = 0; i < 4; ++i)
		a->v[i] = draw[4] >> 2 * i & 2 ? draw[i] : 0 - (draw[4] >> 2 * i & 1);
	/* Around the multiples of p and of 2^255. */
	if (draw[5] % 4 == 0) {
		for (i = 1; i < 4; ++i)
			a->v[i] = 0 - (draw[5] >> 2 & 1);
		a->v[0] = a->v[1] - draw[0] % 64;
		if (draw[5] & 16)
			a->v[0] = a->v[1] + draw[0] % 64;
		if (draw[5] & 8)
			a->v[3] ^= 1ULL << 63;
	}
	if (loose)
		return;
	if (draw[5] % 4 == 1)
		*a = tightest;
	if (draw[5] % 4 == 1 && draw[5] & 4)
		a->v[0] = draw[0] % (1 << 23);
	if (a->v[3] >> 63 && (a->v[0] > tightest.v[0] || a->v[1] || a->v[2] || a->v[3] << 1))
		a->v[3] &= ~(1ULL << 63);
}

static BIGNUM *adx_number(const struct wg_adx *a)
{
	u8 bytes[32];
	int i;

	for (i = 0; i < 32; ++i)
		bytes[i] = a->v[i / 8] >> i % 8 * 8;
	return BN_lebin2bn(bytes, 32, NULL);
}

static void assert_tight(const struct wg_adx *a)
{
	assert_true(!(a->v[3] >> 63) || (a->v[0] <= tightest.v[0] && !a->v[1] && !a->v[2] &&
					 a->v[3] == tightest.v[3]));
}

/* Frees @want. @got is any element; it is compared modulo p. */
static void adx_expect(const struct wg_adx *got, BIGNUM *want, const BIGNUM *p, BN_CTX *ctx)
{
	BIGNUM *have = adx_number(got);
	u8 a[32], b[32];

	BN_nnmod(want, want, p, ctx);
	BN_bn2lebinpad(want, a, 32);
	BN_nnmod(have, have, p, ctx);
	BN_bn2lebinpad(have, b, 32);
	assert_memory_equal(a, b, 32);
	BN_free(have);
	BN_free(want);
}

static void adx_expect_tight(const struct wg_adx *got, BIGNUM *want, const BIGNUM *p, BN_CTX *ctx)
{
	BIGNUM *stored;
	u8 bytes[32];

	assert_tight(got);
	wg_adx_store(bytes, got);
	stored = BN_lebin2bn(bytes, 32, NULL);
	assert_true(BN_cmp(stored, p) < 0);
	BN_sub(stored, stored, want);
	BN_nnmod(stored, stored, p, ctx);
	assert_true(BN_is_zero(stored));
	BN_free(stored);
	adx_expect(got, want, p, ctx);
}

static void test_field_adx(void **state)
{
	BIGNUM *x, *y, *p = NULL;
	struct wg_adx a, b, c;
	BN_CTX *ctx;
	u8 bytes[32];
	u32 seed;

	(void)state;
	ctx = BN_CTX_new();
	BN_hex2bn(&p, "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed");
	for (seed = 0; seed < 40000; ++seed) {
		adx_draw(&a, 2 * seed, true);
		adx_draw(&b, 2 * seed + 1, true);
		x = adx_number(&a);
		y = adx_number(&b);
		BN_mul(y, x, y, ctx);
		wg_adx_mul(&c, &a, &b);
		adx_expect_tight(&c, y, p, ctx);
		c = a;
		wg_adx_mul(&c, &c, &c);
		y = BN_new();
		BN_sqr(y, x, ctx);
		adx_expect_tight(&c, y, p, ctx);
		c = a;
		wg_adx_square(&c, &c);
		y = BN_new();
		BN_sqr(y, x, ctx);
		adx_expect_tight(&c, y, p, ctx);
		y = adx_number(&b);
		BN_mul_word(y, 121665);
		BN_add(y, y, x);
		wg_adx_add_small(&c, &a, &b, 121665);
		adx_expect_tight(&c, y, p, ctx);
		BN_free(x);

		adx_draw(&a, 2 * seed, false);
		adx_draw(&b, 2 * seed + 1, false);
		x = adx_number(&a);
		adx_expect_tight(&a, BN_dup(x), p, ctx);
		y = adx_number(&b);
		wg_adx_sub(&c, &a, &b);
		BN_sub(y, x, y);
		adx_expect(&c, y, p, ctx);
		y = adx_number(&b);
		wg_adx_add(&c, &a, &b);
		BN_add(y, x, y);
		adx_expect(&c, y, p, ctx);
		BN_free(x);

		/* Any bytes; the top bit is ignored. */
		draw_bytes(bytes, seed);
		wg_adx_load(&a, bytes);
		bytes[31] &= 0x7f;
		adx_expect_tight(&a, BN_lebin2bn(bytes, 32, NULL), p, ctx);
	}
	BN_free(p);
	BN_CTX_free(ctx);
}
#else
#define test_field_adx test_skipped
#endif

static void test_skipped(void **state)
{
	(void)state;
	skip();
}

static int setup(void **state)
{
	(void)state;
	return sodium_init() < 0 ? -1 : 0;
}

int main(void)
{
	struct CMUnitTest tests[] = {
		cmocka_unit_test(test_comb_read),
		{ "portable: test_results", test_results, NULL, NULL, (void *)&portable },
		{ "portable: test_base_patterns", test_base_patterns, NULL, NULL,
		  (void *)&portable },
		{ "adx: test_results", test_results, NULL, NULL, (void *)&adx },
		{ "adx: test_base_patterns", test_base_patterns, NULL, NULL, (void *)&adx },
		{ "adx: test_field_adx", test_field_adx, NULL, NULL, NULL },
	};
	static char names[ARRAY_SIZE(tests)][100];
	size_t i;

	for (i = 3; wg_curve25519_implementations() < 2 && i < ARRAY_SIZE(tests); i++) {
		snprintf(names[i], sizeof(names[i]), "%s: no such instructions here",
			 tests[i].name);
		tests[i].name = names[i];
		tests[i].test_func = test_skipped;
	}
	return cmocka_run_group_tests(tests, setup, NULL);
}
