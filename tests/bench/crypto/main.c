// SPDX-License-Identifier: GPL-2.0
/*
 * Measures all contenders in turn, on one processor. In each round each contender has its turn in
 * each workload, and the first one is another one in each round. A turn is the fastest of several
 * slices of about 200 us, so that interrupts and other programs do not count. Contenders whose
 * results differ end the program.
 *
 * Prints lines of fields with tabs between them:
 *   about  TEXT
 *   workload  NAME  UNITS  UNIT      bytes, or operations, of one call
 *   value  WORKLOAD  CONTENDER  ROUND  TICKS  INSTRUCTIONS
 * TICKS and INSTRUCTIONS are of one call. INSTRUCTIONS is -1 if the kernel does not count them.
 * The workload "clock" has the ticks of a million dependent additions.
 *
 * usage: crypto-bench ROUNDS [WORKLOAD]   only workloads whose name begins so
 */
#include <linux/perf_event.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <x86intrin.h>

#include "bench.h"

#define SLICES 7
#define SLICE_TICKS 500000
#define LONGEST 16384
#define MOST 16		/* contenders */

static const struct contender *contenders[MOST];
static unsigned int contender_count;
static int counter = -1;

enum kind { ENCRYPT, DECRYPT, SHARED, PUBLIC_KEY, HASH, CLOCK };

static const struct workload {
	const char *name;
	enum kind kind;
	unsigned int count;
	uint32_t len;
} workloads[] = {
	{ "encrypt-45x1420", ENCRYPT, 45, 1420 },
	{ "decrypt-45x1420", DECRYPT, 45, 1420 },
	{ "encrypt-45x64", ENCRYPT, 45, 64 },
	{ "decrypt-45x64", DECRYPT, 45, 64 },
	{ "encrypt-45x128", ENCRYPT, 45, 128 },
	{ "decrypt-45x128", DECRYPT, 45, 128 },
	{ "encrypt-45x256", ENCRYPT, 45, 256 },
	{ "decrypt-45x256", DECRYPT, 45, 256 },
	{ "encrypt-4x16384", ENCRYPT, 4, LONGEST },
	{ "decrypt-4x16384", DECRYPT, 4, LONGEST },
	{ "encrypt-1x1420", ENCRYPT, 1, 1420 },
	{ "decrypt-1x1420", DECRYPT, 1, 1420 },
	{ "encrypt-1x64", ENCRYPT, 1, 64 },
	{ "decrypt-1x64", DECRYPT, 1, 64 },
	{ "encrypt-1x256", ENCRYPT, 1, 256 },
	{ "decrypt-1x256", DECRYPT, 1, 256 },
	{ "x25519-shared", SHARED, 1, 32 },
	{ "x25519-public", PUBLIC_KEY, 1, 32 },
	{ "blake2s-64", HASH, 1, 64 },
	{ "blake2s-100", HASH, 1, 100 },
	{ "blake2s-148", HASH, 1, 148 },
	{ "clock", CLOCK, 1, 0 },
};
#define WORKLOADS (sizeof(workloads) / sizeof(workloads[0]))

static uint8_t key[32], secret[32], point[32], out[32], wanted[32];
static uint8_t *plain[BENCH_MESSAGES], *encrypted[BENCH_MESSAGES], *decrypted[BENCH_MESSAGES];
static struct batch batch = {
	.key = key, .plain = plain, .encrypted = encrypted, .decrypted = decrypted
};
static bool decrypted_all;

static void die(const char *what, const char *who, const char *where)
{
	fprintf(stderr, "bench-crypto: %s: %s %s\n", what, who, where);
	exit(1);
}

static void clock_chain(void)
{
	unsigned long n = 1, i;

	for (i = 0; i < 100000; i++)
		__asm__ volatile(
			"add %0, %0\n add %0, %0\n add %0, %0\n add %0, %0\n add %0, %0\n"
			"add %0, %0\n add %0, %0\n add %0, %0\n add %0, %0\n add %0, %0\n"
			: "+r"(n));
}

static void call(const struct workload *w, const struct contender *c)
{
	switch (w->kind) {
	case ENCRYPT:
		c->encrypt(&batch);
		break;
	case DECRYPT:
		decrypted_all &= c->decrypt(&batch);
		break;
	case SHARED:
		c->shared(out);
		break;
	case PUBLIC_KEY:
		c->public_key(out, secret);
		break;
	case HASH:
		c->hash(out, plain[0], w->len);
		break;
	case CLOCK:
		clock_chain();
		break;
	}
}

static bool takes_part(const struct workload *w, const struct contender *c)
{
	switch (w->kind) {
	case ENCRYPT:
	case DECRYPT:
		return c->encrypt && c->decrypt;
	case SHARED:
		return c->shared;
	case PUBLIC_KEY:
		return c->public_key;
	case HASH:
		return c->hash;
	case CLOCK:
		return c == contenders[0];
	}
	return false;
}

/* All contenders have the same results, or those of a workload are of no use. */
static void compare(const struct workload *w, const struct contender *c, bool first)
{
	static uint8_t boxes[BENCH_MESSAGES][LONGEST + BENCH_TAG];
	unsigned int i;

	memset(out, 0, sizeof(out));
	if (w->kind == ENCRYPT || w->kind == DECRYPT) {
		for (i = 0; i < batch.count; i++) {
			memset(encrypted[i], 0, batch.len + BENCH_TAG);
			memset(decrypted[i], 0, batch.len);
		}
		c->encrypt(&batch);
		if (!c->decrypt(&batch))
			die("refuses its own message", c->name, w->name);
		for (i = 0; i < batch.count; i++) {
			if (memcmp(decrypted[i], plain[i], batch.len))
				die("decrypts wrongly", c->name, w->name);
			if (first)
				memcpy(boxes[i], encrypted[i], batch.len + BENCH_TAG);
			else if (memcmp(boxes[i], encrypted[i], batch.len + BENCH_TAG))
				die("encrypts wrongly", c->name, w->name);
		}
		encrypted[0][0] ^= 1;
		if (c->decrypt(&batch))
			die("accepts a forgery", c->name, w->name);
		encrypted[0][0] ^= 1;
		return;
	}
	if (w->kind == CLOCK)
		return;
	call(w, c);
	if (first)
		memcpy(wanted, out, sizeof(out));
	else if (memcmp(wanted, out, sizeof(out)))
		die("computes wrongly", c->name, w->name);
}

static long long instructions(void)
{
	long long n;

	return counter >= 0 && read(counter, &n, sizeof(n)) == sizeof(n) ? n : -1;
}

static void measure(const struct workload *w, const struct contender *c, unsigned int round)
{
	double best = 0, ticks, counted = -1;
	unsigned long calls = 1, i, slice;
	long long before, after;
	uint64_t start, end;

	/* As many calls as fill a slice; this also warms up. */
	for (;;) {
		start = __rdtsc();
		for (i = 0; i < calls; i++)
			call(w, c);
		end = __rdtsc();
		if (end - start >= SLICE_TICKS / 2)
			break;
		calls *= 2;
	}
	for (slice = 0; slice < SLICES; slice++) {
		before = instructions();
		start = __rdtsc();
		for (i = 0; i < calls; i++)
			call(w, c);
		end = __rdtsc();
		after = instructions();
		ticks = (double)(end - start) / calls;
		if (!slice || ticks < best) {
			best = ticks;
			if (before >= 0)
				counted = (double)(after - before) / calls;
		}
	}
	printf("value\t%s\t%s\t%u\t%.1f\t%.1f\n", w->name, c->name, round, best, counted);
}

static void add(const struct contender *list, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++) {
		if (contender_count == MOST)
			die("too many contenders", list[i].name, "");
		if (list[i].start())
			contenders[contender_count++] = list + i;
		else
			printf("about\t%s cannot run on this CPU\n", list[i].name);
	}
}

static void open_counter(void)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_HARDWARE, .size = sizeof(attr),
		.config = PERF_COUNT_HW_INSTRUCTIONS, .exclude_kernel = 1, .exclude_hv = 1,
	};

	counter = syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);
	if (counter < 0)
		printf("about\tThe kernel does not count instructions here.\n");
}

static void fill(uint8_t *p, size_t len, unsigned int seed)
{
	while (len--)
		*p++ = (seed = seed * 1103515245 + 12345) >> 16;
}

int main(int argc, char **argv)
{
	unsigned int rounds = argc > 1 ? atoi(argv[1]) : 0, round, n, i;
	const char *only = argc > 2 ? argv[2] : "";
	cpu_set_t cpus;

	if (!rounds || argc > 3) {
		fprintf(stderr, "usage: crypto-bench ROUNDS [WORKLOAD]\n");
		return 2;
	}
	CPU_ZERO(&cpus);
	CPU_SET(sched_getcpu(), &cpus);
	sched_setaffinity(0, sizeof(cpus), &cpus);
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (i = 0; i < BENCH_MESSAGES; i++) {
		/* Apart by a page and a line, so that messages do not share sets of the cache. */
		plain[i] = aligned_alloc(64, 3 * (LONGEST + 8192));
		encrypted[i] = plain[i] + LONGEST + 4096 + 64;
		decrypted[i] = encrypted[i] + LONGEST + 4096 + 64;
		fill(plain[i], LONGEST, i);
	}
	fill(key, sizeof(key), 101);
	fill(secret, sizeof(secret), 102);
	fill(point, sizeof(point), 103);
	secret[0] &= 248;
	secret[31] = (secret[31] & 127) | 64;
	open_counter();
	libraries_versions();
	add(ours, ours_count);
	add(libraries, libraries_count);
	add(kernel, kernel_count);
	for (i = 0; i < contender_count; i++)
		if (contenders[i]->shared_set)
			contenders[i]->shared_set(secret, point);
	for (n = 0; n < WORKLOADS; n++)
		printf("workload\t%s\t%u\t%s\n", workloads[n].name,
		       workloads[n].kind == SHARED || workloads[n].kind == PUBLIC_KEY ? 1 :
		       workloads[n].kind == CLOCK ? 1000000 : workloads[n].count * workloads[n].len,
		       workloads[n].kind == SHARED || workloads[n].kind == PUBLIC_KEY ? "call" :
		       workloads[n].kind == CLOCK ? "addition" : "byte");
	for (round = 0; round <= rounds; round++) {
		for (n = 0; n < WORKLOADS; n++) {
			const struct workload *w = workloads + n;
			bool first = true;

			if (strncmp(w->name, only, strlen(only)) && w->kind != CLOCK)
				continue;
			batch.count = w->count;
			batch.len = w->len;
			batch.nonce = round;
			for (i = 0; i < contender_count; i++) {
				const struct contender *c;

				/* Round 0 only compares. */
				c = contenders[(i + round) % contender_count];
				if (!takes_part(w, c) || !c->start())
					continue;
				/* The boxes to decrypt are those of the last one to encrypt. */
				compare(w, c, first);
				first = false;
				decrypted_all = true;
				if (round)
					measure(w, c, round);
				if (!decrypted_all)
					die("refuses a right message", c->name, w->name);
			}
		}
	}
	return 0;
}
