/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is measured, and the contenders. Each file of contenders includes the headers of its own
 * library, so this one has no kernel types.
 */
#ifndef BENCH_CRYPTO_H
#define BENCH_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BENCH_TAG 16
#define BENCH_MESSAGES 64	/* in a batch, at most */

/* Messages under one key. Their nonces are @nonce, @nonce + 1 ... */
struct batch {
	unsigned int count;
	uint32_t len;		/* of each plaintext */
	const uint8_t *key;
	uint64_t nonce;
	uint8_t **plain, **encrypted, **decrypted;
};

struct contender {
	const char *name;
	/* Called before each measurement. False if it cannot run on this CPU. */
	bool (*start)(void);
	/* Any of these may be NULL. */
	void (*encrypt)(const struct batch *b);		/* plain to encrypted */
	bool (*decrypt)(const struct batch *b);		/* encrypted to decrypted */
	/* With the secret and the point of shared_set(), which is not measured. */
	void (*shared)(uint8_t out[32]);
	void (*shared_set)(const uint8_t secret[32], const uint8_t point[32]);
	void (*public_key)(uint8_t out[32], const uint8_t secret[32]);
	void (*hash)(uint8_t out[32], const uint8_t *in, size_t len);
};

extern const struct contender ours[], libraries[], kernel[];
extern const unsigned int ours_count, libraries_count, kernel_count;

/* Of OpenSSL, libsodium, libb2; a line. */
void libraries_versions(void);

#endif
