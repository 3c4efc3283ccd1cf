/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the fuzzers share: an input that is a list of operations with their arguments, read from
 * the front until none is left, and an assertion that ends the run. A harness is a model of the
 * code under test. It computes the right answer itself, so that wrong answers are found as well
 * as crashes.
 */
#ifndef WG_FUZZ_H
#define WG_FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct fuzz_input {
	const u8 *at;
	size_t left;
};

/* abort(), so that libFuzzer keeps the input. */
#define claim(what) do {							\
	if (!(what)) {								\
		fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #what); \
		abort();							\
	}									\
} while (0)

/* Missing bytes at the end of the input count as zeros. */
static inline void fuzz_bytes(struct fuzz_input *in, void *to, size_t len)
{
	size_t n = min(len, in->left);

	memset(to, 0, len);
	memcpy(to, in->at, n);
	in->at += n;
	in->left -= n;
}

static inline u8 fuzz_u8(struct fuzz_input *in)
{
	u8 value;

	fuzz_bytes(in, &value, sizeof(value));
	return value;
}

static inline u16 fuzz_u16(struct fuzz_input *in)
{
	u16 value;

	fuzz_bytes(in, &value, sizeof(value));
	return value;
}

static inline u64 fuzz_u64(struct fuzz_input *in)
{
	u64 value;

	fuzz_bytes(in, &value, sizeof(value));
	return value;
}

/* A run must depend on its input only. */
static inline void fuzz_reset_random(void)
{
	shim_random_state = 0x9e3779b97f4a7c15ULL;
	shim_bytes_left = 0;
	shim_draws_left = 0;
}

#endif
