// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel's library, as a driver calls it: with what it chooses on this CPU, and on CPUs that
 * lack some of its features. Compiled over kernel_stubs.h.
 */
#include <cpuid.h>

#include <crypto/blake2s.h>
#include <crypto/chacha20poly1305.h>
#include <crypto/curve25519.h>

#include "bench.h"

struct bench_cpu boot_cpu_data;

extern int (*const __start_bench_inits[])(void), (*const __stop_bench_inits[])(void);
extern bool __start_bench_keys[], __stop_bench_keys[];

/* Lets the library choose for a CPU. */
static void choose(const char *features, u8 model)
{
	int (*const *init)(void);

	boot_cpu_data.features = features;
	boot_cpu_data.x86_model = model;
	memset(__start_bench_keys, 0, __stop_bench_keys - __start_bench_keys);
	for (init = __start_bench_inits; init < __stop_bench_inits; init++)
		(*init)();
}

static u8 model(void)
{
	unsigned int a = 0, b, c, d;

	__get_cpuid(1, &a, &b, &c, &d);
	return (a >> 4 & 15) | (a >> 12 & 0xf0);
}

#define AVX2 " ssse3 avx avx2 bmi2 adx "
#define AVX512 AVX2 "avx512f avx512vl avx512bw "

static bool start_this(void)
{
	choose(AVX512, model());
	return true;
}

static bool start_sse2(void)
{
	choose("", 0);
	return true;
}

static bool start_ssse3(void)
{
	choose(" ssse3 ", 0);
	return __builtin_cpu_supports("ssse3");
}

static bool start_avx(void)
{
	choose(" ssse3 avx ", 0);
	return __builtin_cpu_supports("avx");
}

static bool start_avx2(void)
{
	choose(AVX2, 0);
	return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("adx");
}

/* AVX-512 without IFMA. The library avoids the widest registers on it. */
static bool start_skylake(void)
{
	choose(AVX512, INTEL_FAM6_SKYLAKE_X);
	return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
}

static void encrypt(const struct batch *b)
{
	unsigned int i;

	for (i = 0; i < b->count; i++)
		chacha20poly1305_encrypt(b->encrypted[i], b->plain[i], b->len, NULL, 0,
					 b->nonce + i, b->key);
}

static bool decrypt(const struct batch *b)
{
	unsigned int i;
	bool ok = true;

	for (i = 0; i < b->count; i++)
		ok &= chacha20poly1305_decrypt(b->decrypted[i], b->encrypted[i],
					       b->len + BENCH_TAG, NULL, 0, b->nonce + i,
					       b->key);
	return ok;
}

static uint8_t shared_secret[32], shared_point[32];

static void shared_set(const uint8_t secret[32], const uint8_t point[32])
{
	memcpy(shared_secret, secret, 32);
	curve25519_clamp_secret(shared_secret);
	memcpy(shared_point, point, 32);
}

static void shared(uint8_t out[32])
{
	if (!curve25519(out, shared_secret, shared_point))
		memset(out, 0, 32);
}

static void public_key(uint8_t out[32], const uint8_t secret[32])
{
	uint8_t clamped[32];

	memcpy(clamped, secret, 32);
	curve25519_clamp_secret(clamped);
	if (!curve25519_generate_public(out, clamped))
		memset(out, 0, 32);
}

static void hash(uint8_t out[32], const uint8_t *in, size_t len)
{
	blake2s(out, in, NULL, 32, len, 0);
}

#define ALL encrypt, decrypt, shared, shared_set, public_key, hash

const struct contender kernel[] = {
	{ KERNEL_NAME, start_this, ALL },
	{ KERNEL_NAME ":sse2", start_sse2, ALL },
	{ KERNEL_NAME ":ssse3", start_ssse3, ALL },
	{ KERNEL_NAME ":avx", start_avx, ALL },
	{ KERNEL_NAME ":avx2", start_avx2, ALL },
	{ KERNEL_NAME ":skylake", start_skylake, ALL },
};

const unsigned int kernel_count = sizeof(kernel) / sizeof(kernel[0]);

/* The library's self-tests are off, and their functions are not compiled. */
bool chacha20poly1305_selftest(void)
{
	return true;
}

bool blake2s_selftest(void)
{
	return true;
}

bool curve25519_selftest(void)
{
	return true;
}
