/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the tests of the cryptography share: buffers between guard pages, reproducible bytes, and
 * whether the long versions of the tests are wanted. For cmocka programs linked with libsodium.
 */
#ifndef CRYPTO_TEST_H
#define CRYPTO_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <cmocka.h>
#include <sodium.h>

#include <asm/byteorder.h>
#include <linux/string.h>
#include <linux/types.h>

#define PAGE 4096

/*
 *  | no access | len bytes, whole pages | no access |
 *
 * A buffer that ends, or begins, where access ends.
 */
struct guarded {
	u8 *room;
	size_t len;
};

static inline void guard_setup(struct guarded *g, size_t len)
{
	u8 *p;

	len = (len + PAGE - 1) / PAGE * PAGE;
	p = mmap(NULL, len + 2 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(p, MAP_FAILED);
	g->room = p + PAGE;
	g->len = len;
	assert_int_equal(mprotect(g->room, len, PROT_READ | PROT_WRITE), 0);
}

static inline u8 *guard_end(const struct guarded *g, size_t len)
{
	return g->room + g->len - len;
}

static inline size_t unhex(u8 *out, size_t room, const char *hex)
{
	size_t len;

	assert_int_equal(sodium_hex2bin(out, room, hex, strlen(hex), " ", &len, NULL), 0);
	return len;
}

/* The same bytes in every run, in every build and on every machine. */
static inline void fill(void *out, size_t len, u32 seed)
{
	u8 key[randombytes_SEEDBYTES] = { 0 };
	__le32 le = cpu_to_le32(seed);

	memcpy(key, &le, sizeof(le));
	randombytes_buf_deterministic(out, len, key);
}

/* Bytes at which carries run: mostly 0x00 and 0xff. */
static inline void fill_extreme(u8 *out, size_t len, u32 seed)
{
	static const u8 values[] = {
		0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfb,
		0xfe, 0x01, 0x02, 0x03, 0x80, 0x7f
	};

	fill(out, len, seed);
	while (len--)
		out[len] = values[out[len] % 16];
}

/* UNIT_LONG=1 is set by "make check-all" (tests/all.sh). */
static inline bool test_long(void)
{
	const char *wanted = getenv("UNIT_LONG");

	return wanted && !strcmp(wanted, "1");
}

/*
 * The tests of crypto_x25519.c, for test_crypto.c, which has initialised libsodium and the
 * buffers. Returns the number that failed.
 */
int run_x25519_tests(const struct guarded *a, const struct guarded *b);

#endif
