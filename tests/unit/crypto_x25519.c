// SPDX-License-Identifier: GPL-2.0
/*
 * The part of test_crypto.c about X25519: the vectors of RFC 7748, libsodium and OpenSSL as
 * independent references on random and extreme scalars and points, and the arithmetic of the field
 * of this build. test_curve25519.c compares the implementations with each other.
 */
#include "crypto_test.h"

#include <openssl/bn.h>
#include <openssl/evp.h>

#include <linux/kernel.h>
#include <linux/string.h>
#include "curve25519.h"
#include "crypto.h"
#include "int128.h"
#ifdef WG_INT128
#include "fe25519_u64.h"
#else
#include "fe25519_u32.h"
#endif

static const struct guarded *guard_a, *guard_b;

static void test_x25519_rfc7748(void **state)
{
	static const char *const v[][3] = {
		{ "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
		  "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
		  "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552" },
		{ "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
		  "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
		  "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957" },
	};
	u8 k[32], u[32], want[32], got[32];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(v); ++i) {
		unhex(k, 32, v[i][0]);
		unhex(u, 32, v[i][1]);
		unhex(want, 32, v[i][2]);
		assert_true(wg_curve25519(got, k, u));
		assert_memory_equal(got, want, 32);
	}
}

/* RFC 7748, 5.2: after one iteration, a thousand and, with UNIT_LONG=1, a million. */
static void test_x25519_iterated(void **state)
{
	static const struct {
		int after;
		const char *want;
	} v[] = {
		{ 1, "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079" },
		{ 1000, "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51" },
		{ 1000000, "7c3911e0ab2586fd864497297e575e6f3bc601c0883c30df5f4dd2d24f665424" },
	};
	u8 k[32] = { 9 }, u[32] = { 9 }, next[32], want[32];
	size_t n, vectors = test_long() ? 3 : 2;
	int i = 0;

	(void)state;
	for (n = 0; n < vectors; n++) {
		for (; i < v[n].after; i++) {
			assert_true(wg_curve25519(next, k, u));
			memcpy(u, k, 32);
			memcpy(k, next, 32);
		}
		unhex(want, 32, v[n].want);
		assert_memory_equal(k, want, 32);
	}
}

/* RFC 7748, 6.1 */
static void test_x25519_diffie_hellman(void **state)
{
	u8 a[32], b[32], pub[32], want[32], shared[2][32];

	(void)state;
	unhex(a, 32, "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
	unhex(b, 32, "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb");
	unhex(want, 32, "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
	assert_true(wg_curve25519_public(pub, a));
	assert_memory_equal(pub, want, 32);
	assert_true(wg_curve25519(shared[0], b, pub));
	unhex(want, 32, "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
	assert_true(wg_curve25519_public(pub, b));
	assert_memory_equal(pub, want, 32);
	assert_true(wg_curve25519(shared[1], a, pub));
	unhex(want, 32, "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
	assert_memory_equal(shared[0], want, 32);
	assert_memory_equal(shared[1], want, 32);
}

static void test_x25519_sodium(void **state)
{
	u8 k[32], u[32], want[32], *got = guard_end(guard_a, 32), *in;
	u32 seed;
	int err;

	(void)state;
	for (seed = 0; seed < 600; ++seed) {
		if (seed % 2) {
			fill_extreme(k, 32, 2 * seed);
			fill_extreme(u, 32, 2 * seed + 1);
		} else {
			fill(k, 32, 2 * seed);
			fill(u, 32, 2 * seed + 1);
		}
		err = crypto_scalarmult_curve25519(want, k, u);
		in = memcpy(guard_end(guard_b, 32), u, 32);
		assert_int_equal(wg_curve25519(got, k, in), !err);
		if (!err)
			assert_memory_equal(got, want, 32);
		/* Into the buffer of the point. */
		assert_int_equal(wg_curve25519(in, k, in), !err);
		assert_memory_equal(in, got, 32);

		crypto_scalarmult_curve25519_base(want, k);
		assert_true(wg_curve25519_public(got, k));
		assert_memory_equal(got, want, 32);
		assert_true(wg_curve25519_public(k, k));
		assert_memory_equal(k, want, 32);
	}
}

/* X25519 by OpenSSL. False if the result is zero. */
static bool x25519_openssl(u8 out[32], const u8 k[32], const u8 u[32])
{
	EVP_PKEY *own = EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, k, 32);
	EVP_PKEY *other = EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, NULL, u, 32);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(own, NULL);
	size_t len = 32;
	bool ok;

	assert_int_equal(EVP_PKEY_derive_init(ctx), 1);
	assert_int_equal(EVP_PKEY_derive_set_peer(ctx, other), 1);
	ok = EVP_PKEY_derive(ctx, out, &len) == 1;
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(own);
	EVP_PKEY_free(other);
	return ok;
}

static void x25519_check(const u8 k[32], const u8 u[32])
{
	u8 want[32], got[32];
	bool ok = x25519_openssl(want, k, u);

	assert_int_equal(wg_curve25519(got, k, u), ok);
	if (ok)
		assert_memory_equal(got, want, 32);
}

/* 2^@bit, plus @add, modulo 2^256. */
static void near_power(u8 out[32], int bit, int add)
{
	BIGNUM *n = BN_new(), *all = BN_new();
	BN_CTX *ctx = BN_CTX_new();

	BN_set_bit(n, bit);
	BN_set_bit(all, 256);
	if (add < 0)
		BN_sub_word(n, -add);
	else
		BN_add_word(n, add);
	BN_nnmod(n, n, all, ctx);
	BN_bn2lebinpad(n, out, 32);
	BN_free(n);
	BN_free(all);
	BN_CTX_free(ctx);
}

/*
 * Points and scalars around each power of two, where limbs of any width begin and end, around p,
 * 2p and 2^256, and small ones; each with one of the other kind that is random.
 */
static void test_x25519_edges(void **state)
{
	u8 edge[32], other[32];
	int bit, add, by = test_long() ? 1 : 7;

	(void)state;
	for (bit = 0; bit <= 256; bit++) {
		for (add = -2 - bit % by; add <= 2; add += by) {
			near_power(edge, bit, add);
			fill(other, 32, 8 * bit + add);
			x25519_check(edge, other);
			x25519_check(other, edge);
		}
	}
	fill(other, 32, 12);
	for (bit = 255; bit <= 256; bit++) {
		for (add = -40; add <= 40; add++) {
			near_power(edge, bit, add);
			x25519_check(other, edge);
		}
	}
}

/* The points of the curve and of its twist, whose order is another one. */
static void test_x25519_twist(void **state)
{
	BIGNUM *p = BN_new(), *u = BN_new(), *v = BN_new();
	BN_CTX *ctx = BN_CTX_new();
	int on[2] = { 0, 0 }, n;
	u8 k[32], point[32];

	(void)state;
	BN_set_bit(p, 255);
	BN_sub_word(p, 19);
	for (n = 2; n < 200; n++) {
		fill(k, 32, n);
		memset(point, 0, 32);
		if (n < 100)
			point[0] = n;
		else
			fill(point, 32, n + 1000);
		point[31] &= 0x7f;
		BN_lebin2bn(point, 32, u);
		/* v = (u + 486662) u^2 + u is a square if the point is on the curve. */
		BN_copy(v, u);
		BN_add_word(v, 486662);
		BN_mul(v, v, u, ctx);
		BN_add_word(v, 1);
		BN_mul(v, v, u, ctx);
		on[BN_kronecker(v, p, ctx) == 1]++;
		x25519_check(k, point);
	}
	assert_true(on[0] > 50 && on[1] > 50);
	BN_free(p);
	BN_free(u);
	BN_free(v);
	BN_CTX_free(ctx);
}

/* Points are taken modulo p, and without their top bit (RFC 7748, section 5). */
static void test_x25519_non_canonical(void **state)
{
	u8 k[32], u[32], canonical[32] = { 0 }, got[2][32];
	int i;

	(void)state;
	fill(k, 32, 11);
	for (i = 2; i < 19; ++i) {
		memset(u, 0xff, 32);
		u[31] = 0x7f;
		u[0] = 0xed + i;
		canonical[0] = i;
		assert_true(wg_curve25519(got[0], k, canonical));
		assert_true(wg_curve25519(got[1], k, u));
		assert_memory_equal(got[0], got[1], 32);
		u[31] = 0xff;
		assert_true(wg_curve25519(got[1], k, u));
		assert_memory_equal(got[0], got[1], 32);
	}
}

/* All points of order 1, 2, 4 and 8 of curve and twist, and p, p + 1 written out. */
static void test_x25519_low_order(void **state)
{
	static const char *const points[] = {
		"0000000000000000000000000000000000000000000000000000000000000000",
		"0100000000000000000000000000000000000000000000000000000000000000",
		"e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
		"5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	};
	u8 k[32], u[32], got[32], zero[32] = { 0 };
	size_t i, top;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(points); ++i) {
		unhex(u, 32, points[i]);
		for (top = 0; top < 2; ++top) {
			u[31] |= top << 7;
			fill(k, 32, i);
			assert_false(wg_curve25519(got, k, u));
			assert_memory_equal(got, zero, 32);
		}
	}
	assert_false(wg_curve25519_public(got, zero));
}

static void test_x25519_clamp(void **state)
{
	u8 k[32], clamped[32], u[32], got[2][32];
	u32 seed;

	(void)state;
	for (seed = 0; seed < 50; ++seed) {
		fill(k, 32, seed);
		fill(u, 32, ~seed);
		memcpy(clamped, k, 32);
		wg_curve25519_clamp(clamped);
		assert_int_equal(clamped[0], k[0] & 0xf8);
		assert_int_equal(clamped[31], (k[31] & 0x3f) | 0x40);
		assert_memory_equal(clamped + 1, k + 1, 30);
		assert_true(wg_curve25519(got[0], k, u));
		assert_true(wg_curve25519(got[1], clamped, u));
		assert_memory_equal(got[0], got[1], 32);
	}
}

/* The field arithmetic, with limbs as full as its comments allow, against OpenSSL's numbers. */

#ifdef WG_INT128
#define LIMB_BIT(i) (51 * (i))
#define LIMB_TIGHT(i) ((1ULL << 51) + (1ULL << 13))
#define LIMB_LOOSE(i) (1ULL << 53)
#else
#define LIMB_BIT(i) ((51 * (i) + 1) / 2)
#define LIMB_TIGHT(i) (WG_FE_MASK(i) + (1U << 17))
#define LIMB_LOOSE(i) (3 * WG_FE_MASK(i) + (1U << 17))
#endif

static BIGNUM *fe_number(const struct wg_fe *a)
{
	BIGNUM *sum = BN_new(), *limb = BN_new();
	u8 bytes[8];
	int i, j;

	BN_zero(sum);
	for (i = 0; i < WG_FE_LIMBS; ++i) {
		for (j = 0; j < 8; ++j)
			bytes[j] = (u64)a->v[i] >> (8 * j);
		BN_lebin2bn(bytes, sizeof(bytes), limb);
		BN_lshift(limb, limb, LIMB_BIT(i));
		BN_add(sum, sum, limb);
	}
	BN_free(limb);
	return sum;
}

/* Frees @want. Compares modulo p. */
static void fe_expect(const struct wg_fe *got, BIGNUM *want)
{
	BIGNUM *p = BN_new(), *nineteen = BN_new();
	BN_CTX *ctx = BN_CTX_new();
	u8 a[32], b[32];
	int i;

	for (i = 0; i < WG_FE_LIMBS; ++i)
		assert_true(got->v[i] <= LIMB_TIGHT(i));
	BN_one(p);
	BN_lshift(p, p, 255);
	BN_set_word(nineteen, 19);
	BN_sub(p, p, nineteen);
	BN_nnmod(want, want, p, ctx);
	BN_bn2lebinpad(want, a, 32);
	wg_fe_store(b, got);
	assert_memory_equal(a, b, 32);
	BN_free(p);
	BN_free(nineteen);
	BN_free(want);
	BN_CTX_free(ctx);
}

/* Draws limbs: 0, an extreme of the limb's range, or any value between. */
static void fe_draw(struct wg_fe *a, u32 seed, bool loose)
{
	u64 draw[2 * WG_FE_LIMBS], top;
	int i;

	fill(draw, sizeof(draw), seed);
	for (i = 0; i < WG_FE_LIMBS; ++i) {
		top = loose ? LIMB_LOOSE(i) : LIMB_TIGHT(i);
		switch (draw[i] % 4) {
		case 0:
			a->v[i] = 0;
			break;
		case 1:
			a->v[i] = draw[WG_FE_LIMBS + i] % top;
			break;
		default:
			a->v[i] = top;
		}
	}
}

static void test_field(void **state)
{
	BN_CTX *ctx = BN_CTX_new();
	struct wg_fe a, b, c, one;
	BIGNUM *x, *y;
	u8 bytes[32];
	u32 seed;
	int i;

	(void)state;
	memset(bytes, 0, sizeof(bytes));
	bytes[0] = 1;
	wg_fe_load(&one, bytes);
	for (seed = 0; seed < 20000; ++seed) {
		fe_draw(&a, 2 * seed, true);
		fe_draw(&b, 2 * seed + 1, true);
		if (!seed) {
			for (i = 0; i < WG_FE_LIMBS; ++i)
				a.v[i] = b.v[i] = LIMB_LOOSE(i);
		}
		x = fe_number(&a);
		y = fe_number(&b);
		BN_mul(y, x, y, ctx);
		wg_fe_mul(&c, &a, &b);
		fe_expect(&c, y);

		y = BN_new();
		BN_sqr(y, x, ctx);
		wg_fe_square(&c, &a);
		fe_expect(&c, y);

		BN_mul_word(x, 121665);
		wg_fe_mul_small(&c, &a, 121665);
		fe_expect(&c, x);

		fe_draw(&a, 2 * seed, false);
		fe_draw(&b, 2 * seed + 1, false);
		x = fe_number(&a);
		fe_expect(&a, BN_dup(x));
		y = fe_number(&b);
		wg_fe_sub(&c, &a, &b);
		for (i = 0; i < WG_FE_LIMBS; ++i)
			assert_true(c.v[i] <= LIMB_LOOSE(i));
		wg_fe_mul(&c, &c, &one);
		BN_sub(y, x, y);
		fe_expect(&c, y);
		y = fe_number(&b);
		wg_fe_add(&c, &a, &b);
		for (i = 0; i < WG_FE_LIMBS; ++i)
			assert_true(c.v[i] <= LIMB_LOOSE(i));
		wg_fe_mul(&c, &c, &one);
		BN_add(y, x, y);
		fe_expect(&c, y);
		BN_free(x);
	}

	/* The values around p, at which reduction may go wrong. */
	for (i = 0xed - 20; i <= 0xff; ++i) {
		memset(bytes, 0xff, 32);
		bytes[31] = 0x7f;
		bytes[0] = i;
		wg_fe_load(&a, bytes);
		x = fe_number(&a);
		fe_expect(&a, x);
	}
	BN_CTX_free(ctx);
}

int run_x25519_tests(const struct guarded *a, const struct guarded *b)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_x25519_rfc7748),
		cmocka_unit_test(test_x25519_iterated),
		cmocka_unit_test(test_x25519_diffie_hellman),
		cmocka_unit_test(test_x25519_sodium),
		cmocka_unit_test(test_x25519_edges),
		cmocka_unit_test(test_x25519_twist),
		cmocka_unit_test(test_x25519_non_canonical),
		cmocka_unit_test(test_x25519_low_order),
		cmocka_unit_test(test_x25519_clamp),
		cmocka_unit_test(test_field),
	};

	guard_a = a;
	guard_b = b;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
