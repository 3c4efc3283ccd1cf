// SPDX-License-Identifier: GPL-2.0
/*
 * The handshake rate limit against the numbers of the protocol: 20 a second with
 * a burst of 5, for each IPv4 address and IPv6 /64, in a bounded table.
 */
#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <arpa/inet.h>
#include <asm/byteorder.h>
#include <linux/siphash.h>
#include <linux/slab.h>
#include <linux/socket.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <cmocka.h>

#include "ratelimit.h"

#define MS 1000000ULL
#define START (1000 * MS)

static const int scope_a, scope_b;

static int setup(void **state)
{
	*state = wg_ratelimit_new();
	return *state ? 0 : -1;
}

static int teardown(void **state)
{
	wg_ratelimit_free(*state);
	return 0;
}

static bool allow(struct wg_ratelimit *rl, const char *text, u64 now)
{
	int family = strchr(text, ':') ? AF_INET6 : AF_INET;
	u8 addr[16];

	assert_int_equal(inet_pton(family, text, addr), 1);
	return wg_ratelimit_allow(rl, &scope_a, family, addr, now);
}

static int allowed_of(struct wg_ratelimit *rl, const char *text, u64 now, int n)
{
	int allowed = 0;

	while (n--)
		allowed += allow(rl, text, now);
	return allowed;
}

static void burst_is_five(void **state)
{
	assert_int_equal(allowed_of(*state, "192.0.2.1", START, 100), 5);
	assert_int_equal(allowed_of(*state, "2001:db8::1", START, 100), 5);
}

static void first_message_at_time_zero(void **state)
{
	assert_int_equal(allowed_of(*state, "192.0.2.1", 0, 100), 5);
}

static void token_comes_after_50_ms_not_before(void **state)
{
	assert_int_equal(allowed_of(*state, "192.0.2.1", START, 6), 5);
	assert_int_equal(allowed_of(*state, "192.0.2.1", START + 50 * MS - 1, 9), 0);
	assert_int_equal(allowed_of(*state, "192.0.2.1", START + 50 * MS, 9), 1);
	assert_int_equal(allowed_of(*state, "192.0.2.1", START + 100 * MS - 1, 9), 0);
	assert_int_equal(allowed_of(*state, "192.0.2.1", START + 200 * MS, 9), 3);
}

static void refused_messages_cost_nothing(void **state)
{
	assert_int_equal(allowed_of(*state, "192.0.2.1", START, 100000), 5);
	assert_int_equal(allowed_of(*state, "192.0.2.1", START + 50 * MS, 9), 1);
}

static void bucket_refills_to_five_and_no_more(void **state)
{
	assert_int_equal(allowed_of(*state, "192.0.2.1", START, 9), 5);
	assert_int_equal(allowed_of(*state, "192.0.2.1", START + 250 * MS - 1, 9), 4);
	assert_int_equal(allowed_of(*state, "192.0.2.2", START, 9), 5);
	assert_int_equal(allowed_of(*state, "192.0.2.2", START + 250 * MS, 9), 5);
	assert_int_equal(allowed_of(*state, "192.0.2.2", START + 3600000 * MS, 9), 5);
}

static void twenty_a_second_over_a_minute(void **state)
{
	int allowed = 0;
	u64 now;

	for (now = START; now < START + 60000 * MS; now += MS)
		allowed += allow(*state, "192.0.2.1", now);
	/* The burst, and a token at each 50 ms of the minute except its end. */
	assert_int_equal(allowed, 5 + 60 * 20 - 1);
}

static void slower_than_the_rate_is_never_refused(void **state)
{
	u64 now = START;
	int i;

	for (i = 0; i < 10000; ++i, now += 50 * MS)
		assert_true(allow(*state, "192.0.2.1", now));
}

static void ipv4_addresses_are_apart(void **state)
{
	assert_int_equal(allowed_of(*state, "192.0.2.1", START, 9), 5);
	assert_int_equal(allowed_of(*state, "192.0.2.0", START, 9), 5);
	assert_int_equal(allowed_of(*state, "192.0.3.1", START, 9), 5);
	assert_int_equal(allowed_of(*state, "64.0.2.1", START, 9), 5);
}

static void ipv6_goes_by_64(void **state)
{
	assert_int_equal(allowed_of(*state, "2001:db8:0:1::1", START, 3), 3);
	assert_int_equal(allowed_of(*state, "2001:db8:0:1:ffff::2", START, 3), 2);
	assert_int_equal(allowed_of(*state, "2001:db8:0:1:8000::", START, 3), 0);
	assert_int_equal(allowed_of(*state, "2001:db8:0:0:8000::1", START, 9), 5);
	assert_int_equal(allowed_of(*state, "2001:db8:0:2::1", START, 9), 5);
	assert_int_equal(allowed_of(*state, "2001:db9:0:1::1", START, 9), 5);
}

static void families_are_apart(void **state)
{
	/* c000:0201:: begins with the bytes of 192.0.2.1, followed by zeros. */
	assert_int_equal(allowed_of(*state, "192.0.2.1", START, 9), 5);
	assert_int_equal(allowed_of(*state, "c000:201::", START, 9), 5);
}

static void scopes_are_apart(void **state)
{
	u8 addr[4] = { 192, 0, 2, 1 };
	int i, allowed = 0;

	assert_int_equal(allowed_of(*state, "192.0.2.1", START, 9), 5);
	for (i = 0; i < 9; i++)
		allowed += wg_ratelimit_allow(*state, &scope_b, AF_INET, addr, START);
	assert_int_equal(allowed, 5);
}

static void other_families_are_refused(void **state)
{
	u8 addr[16] = { 0 };

	assert_false(wg_ratelimit_allow(*state, &scope_a, AF_UNIX, addr, START));
	assert_false(wg_ratelimit_allow(*state, &scope_a, 0, addr, START));
}

static void unaligned_address(void **state)
{
	u8 bytes[17] = { 0, 192, 0, 2, 1 };

	assert_true(wg_ratelimit_allow(*state, &scope_a, AF_INET, bytes + 1, START));
	assert_int_equal(allowed_of(*state, "192.0.2.1", START, 9), 4);
	assert_true(wg_ratelimit_allow(*state, &scope_a, AF_INET6, bytes + 1, START));
}

static int allowed_sources(struct wg_ratelimit *rl, u32 first, u32 n, u64 now)
{
	int allowed = 0;
	__be32 ip;
	u32 i;

	for (i = first; i < first + n; i++) {
		ip = htonl(i);
		allowed += wg_ratelimit_allow(rl, &scope_a, AF_INET, &ip, now);
	}
	return allowed;
}

static void sources_at_one_time_are_capped(void **state)
{
	const u32 flood = 20 * WG_RATELIMIT_SOURCES;
	int allowed;

	assert_int_equal(allowed_of(*state, "192.0.2.1", START, 9), 5);
	allowed = allowed_sources(*state, 0x0a000000, flood, START);
	/* Each set is full: 4,096 sets that drew 160 sources each on average. */
	assert_int_equal(allowed, WG_RATELIMIT_SOURCES - 1);
	assert_int_equal(allowed_sources(*state, 0x0b000000, flood, START + 50 * MS - 1), 0);
	/* No source was evicted: one without tokens still has none. */
	assert_int_equal(allowed_of(*state, "192.0.2.1", START, 9), 0);
	/* 50 ms later all entries except that of the greedy source are free again. */
	assert_int_equal(allowed_sources(*state, 0x0b000000, flood, START + 50 * MS),
			 WG_RATELIMIT_SOURCES - 1);
	assert_int_equal(allowed_of(*state, "192.0.2.1", START + 50 * MS, 9), 1);
}

static void few_are_turned_away_below_the_cap(void **state)
{
	const u32 n = WG_RATELIMIT_SOURCES / 4;

	assert_in_range(allowed_sources(*state, 0x0a000000, n, START), n - n / 500, n);
}

static void no_memory(void **state)
{
	(void)state;
	shim_allocations_left = 0;
	assert_null(wg_ratelimit_new());
	shim_allocations_left = -1;
	wg_ratelimit_free(NULL);
}

#define limit_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

/* The hash for kernels without SipHash, against OpenSSL's, which reads words as little-endian. */
#define SIPHASH_ROUNDS 1000

static u64 by_openssl(const u64 words[3], const siphash_key_t *key)
{
	__le64 le_words[] = {
		cpu_to_le64(words[0]), cpu_to_le64(words[1]), cpu_to_le64(words[2]),
	};
	__le64 le_key[] = { cpu_to_le64(key->key[0]), cpu_to_le64(key->key[1]) };
	size_t size = sizeof(u64), len;
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_size_t("size", &size), OSSL_PARAM_construct_end(),
	};
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "SIPHASH", NULL);
	EVP_MAC_CTX *ctx = EVP_MAC_CTX_new(mac);
	__le64 out;

	assert_non_null(ctx);
	assert_true(EVP_MAC_init(ctx, (const void *)le_key, sizeof(le_key), params));
	assert_true(EVP_MAC_update(ctx, (const void *)le_words, sizeof(le_words)));
	assert_true(EVP_MAC_final(ctx, (void *)&out, &len, sizeof(out)));
	assert_int_equal(len, sizeof(out));
	EVP_MAC_CTX_free(ctx);
	EVP_MAC_free(mac);
	return le64_to_cpu(out);
}

static void siphash_is_siphash(void **state)
{
	siphash_key_t key = { { 0 } };
	u64 words[3] = { 0 };
	int i;

	(void)state;
	for (i = 0; i < SIPHASH_ROUNDS; i++) {
		assert_true(siphash_3u64(words[0], words[1], words[2], &key) ==
			    by_openssl(words, &key));
		assert_true(RAND_bytes((void *)&key, sizeof(key)));
		assert_true(RAND_bytes((void *)words, sizeof(words)));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		limit_test(burst_is_five),
		limit_test(first_message_at_time_zero),
		limit_test(token_comes_after_50_ms_not_before),
		limit_test(refused_messages_cost_nothing),
		limit_test(bucket_refills_to_five_and_no_more),
		limit_test(twenty_a_second_over_a_minute),
		limit_test(slower_than_the_rate_is_never_refused),
		limit_test(ipv4_addresses_are_apart),
		limit_test(ipv6_goes_by_64),
		limit_test(families_are_apart),
		limit_test(scopes_are_apart),
		limit_test(other_families_are_refused),
		limit_test(unaligned_address),
		limit_test(sources_at_one_time_are_capped),
		limit_test(few_are_turned_away_below_the_cap),
		cmocka_unit_test(no_memory),
		cmocka_unit_test(siphash_is_siphash),
	};

	return cmocka_run_group_tests_name("ratelimit", tests, NULL, NULL);
}
