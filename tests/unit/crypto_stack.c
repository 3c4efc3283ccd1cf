// SPDX-License-Identifier: GPL-2.0
/*
  * What the vendored primitives leave on the stack. Each of them runs twice on a
  * separate stack, with different secrets and everything else the same. Afterwards
  * every byte of the stack must be the same in both runs: a byte that differs depends
  * on a secret, in whatever form. The words of ChaCha20's states, of Poly1305's keys
  * and of the shared secret are counted in addition, to show the extent of a leak.
  *
  * test_crypto_stack.sh builds and runs this for several compilers, options and
  * widths, without a C library (bare.h) and like the kernel: no vector registers, no
  * red zone. Prints a line for each implementation, "result PART: FAILURES" or
  * "skipped PART: REASON", after lines about its failures.
  */
#include <linux/compiler.h>
#include <linux/string.h>

#include "aead_many.h"
#include "blake2s_hash.h"
#include "chacha20poly1305.h"
#include "curve25519.h"
#include "vector.h"

#ifndef CONFIGURATION
#define CONFIGURATION "as built"
#endif

#ifndef ARRAY_SIZE
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#endif
#define LONGEST 1420
/* Messages in a batch, and a length that is processed in parts. */
#define MANY 9
#define IN_PARTS (WG_SECTION_BYTES + 900)
#define STACK_LEN 32768
#define PAINT 0xa5

/* ---- replacements for a C library */

void *memcpy(void *to, const void *from, size_t len)
{
	void *p = to;

	__asm__ __volatile__("rep movsb" : "+D"(p), "+S"(from), "+c"(len) : : "memory");
	return to;
}

void *memset(void *p, int c, size_t len)
{
	void *q = p;

	__asm__ __volatile__("rep stosb" : "+D"(q), "+c"(len) : "a"(c) : "memory");
	return p;
}

int memcmp(const void *a, const void *b, size_t len)
{
	const u8 *x = a, *y = b;

	for (; len; --len, ++x, ++y) {
		/* Without it this loop becomes a call of memcmp(). */
		barrier();
		if (*x != *y)
			return *x - *y;
	}
	return 0;
}

static long syscall3(long number, long a, const void *b, size_t c)
{
	long result;

#ifdef __x86_64__
	__asm__ __volatile__("syscall" : "=a"(result) : "0"(number), "D"(a), "S"(b), "d"(c)
			     : "rcx", "r11", "memory");
#else
	__asm__ __volatile__("int $0x80" : "=a"(result) : "0"(number), "b"(a), "c"(b), "d"(c)
			     : "memory");
#endif
	return result;
}

#ifdef __x86_64__
#define NR_WRITE 1
#define NR_EXIT 60
#else
#define NR_WRITE 4
#define NR_EXIT 1
#endif

static void say(const char *text)
{
	size_t len = 0;

	while (text[len])
		len++;
	syscall3(NR_WRITE, 1, text, len);
}

static void say_number(size_t n)
{
	char digits[24], *p = digits + sizeof(digits) - 1;

	*p = 0;
	do
		*--p = '0' + n % 10;
	while (n /= 10);
	say(p);
}

/* ---- a separate stack */

static u8 stack[STACK_LEN] __aligned(64);
static u8 image[2][STACK_LEN];

/*
 * Registers that functions preserve, and may therefore save on the stack, are the same in each
 * run.
 */
void run_on(void (*call)(void), void *top);

__asm__(
	".pushsection .text\n"
	".globl run_on\n"
	"run_on:\n"
#ifdef __x86_64__
	"	push %rbx\n	push %rbp\n	push %r12\n	push %r13\n	push %r14\n	push %r15\n"
	"	mov %rsp, %rbx\n"
	"	mov %rsi, %rsp\n"
	"	xor %ebp, %ebp\n"
	"	xor %r12d, %r12d\n	xor %r13d, %r13d\n	xor %r14d, %r14d\n	xor %r15d, %r15d\n"
	"	call *%rdi\n"
	"	mov %rbx, %rsp\n"
	"	pop %r15\n	pop %r14\n	pop %r13\n	pop %r12\n	pop %rbp\n	pop %rbx\n"
#else
	"	push %ebx\n	push %ebp\n	push %esi\n	push %edi\n"
	"	mov 20(%esp), %eax\n"
	"	mov 24(%esp), %ecx\n"
	"	mov %esp, %ebx\n"
	"	mov %ecx, %esp\n"
	"	xor %ebp, %ebp\n	xor %esi, %esi\n	xor %edi, %edi\n"
	"	call *%eax\n"
	"	mov %ebx, %esp\n"
	"	pop %edi\n	pop %esi\n	pop %ebp\n	pop %ebx\n"
#endif
	"	ret\n"
	".popsection\n"
);

/* ---- the arguments of the primitives, none of them on that stack */

static struct {
	u8 key[32];
	u8 other[97];
} secret;

static u8 plain[LONGEST], encrypted[LONGEST + WG_AEAD_TAG_LEN], out[LONGEST + WG_AEAD_TAG_LEN];
static u8 nonce[WG_XAEAD_NONCE_LEN], point[WG_CURVE25519_LEN] = { 9 };
static struct wg_blake2s hash;
static size_t len;
static bool done;

#define NONCE 7

static u8 many_texts[MANY][IN_PARTS + WG_AEAD_TAG_LEN];
static struct wg_aead_message many[MANY];
static unsigned int count;
static bool forge;

static void encrypt_many(void)
{
	wg_aead_encrypt_many(many, count, secret.key);
}

static void decrypt_many(void)
{
	wg_aead_decrypt_many(many, count, secret.key);
	done = many[0].ok;
}

static void encrypt(void)
{
	wg_aead_encrypt(out, plain, len, plain, 12, NONCE, secret.key);
}

static void decrypt(void)
{
	done = wg_aead_decrypt(out, encrypted, len + WG_AEAD_TAG_LEN, plain, 12, NONCE, secret.key);
}

static void xencrypt(void)
{
	wg_xaead_encrypt(out, plain, len, plain, 16, nonce, secret.key);
}

static void xdecrypt(void)
{
	done = wg_xaead_decrypt(out, encrypted, len + WG_AEAD_TAG_LEN, plain, 16, nonce,
				secret.key);
}

static void keyed_hash(void)
{
	wg_blake2s(out, 16, secret.key, sizeof(secret.key), plain, len);
}

static void hash_of_secret(void)
{
	wg_blake2s(out, WG_BLAKE2S_LEN, NULL, 0, secret.other, len);
}

static void hash_in_parts(void)
{
	wg_blake2s_init_key(&hash, WG_BLAKE2S_LEN, secret.key, sizeof(secret.key));
	wg_blake2s_update(&hash, plain, len);
	wg_blake2s_update(&hash, secret.other, sizeof(secret.other));
	wg_blake2s_final(&hash, out);
}

static void hmac(void)
{
	wg_blake2s_hmac(out, secret.other, len, secret.key, sizeof(secret.key));
}

static void x25519(void)
{
	done = wg_curve25519(out, secret.key, point);
}

static void public_key(void)
{
	done = wg_curve25519_public(out, secret.key);
}

/* ---- how bad it is */

static u32 rotated(u32 x, int n)
{
	return x << n | x >> (32 - n);
}

static void quarter(u32 *x, int a, int b, int c, int d)
{
	x[a] += x[b];
	x[d] = rotated(x[d] ^ x[a], 16);
	x[c] += x[d];
	x[b] = rotated(x[b] ^ x[c], 12);
	x[a] += x[b];
	x[d] = rotated(x[d] ^ x[a], 8);
	x[c] += x[d];
	x[b] = rotated(x[b] ^ x[c], 7);
}

/* The state after the rounds, before the initial state is added. */
static void permuted(u32 x[16], const u8 key[32], const u32 rest[4])
{
	int i;

	memcpy(x, "expand 32-byte k", 16);
	memcpy(x + 4, key, 32);
	memcpy(x + 12, rest, 16);
	for (i = 0; i < 10; i++) {
		quarter(x, 0, 4, 8, 12);
		quarter(x, 1, 5, 9, 13);
		quarter(x, 2, 6, 10, 14);
		quarter(x, 3, 7, 11, 15);
		quarter(x, 0, 5, 10, 15);
		quarter(x, 1, 6, 11, 12);
		quarter(x, 2, 7, 8, 13);
		quarter(x, 3, 4, 9, 14);
	}
}

/* Prints how many of the words are on the stack after the second run. */
static void say_found(const void *from, size_t words, const char *what)
{
	const u8 *bytes = from;
	size_t i, at, found = 0;

	for (i = 0; i < words; i++)
		for (at = 0; at < STACK_LEN; at += 4)
			if (!memcmp(image[1] + at, bytes + 4 * i, 4)) {
				found++;
				break;
			}
	if (!found)
		return;
	say(", ");
	say_number(found);
	say(" of ");
	say_number(words);
	say(" words of ");
	say(what);
}

static void say_chacha(const u8 key[32], const u32 rest[4])
{
	u32 state[16];

	permuted(state, key, rest);
	say_found(state, 16, "a permuted state");
}

static void say_aead(const u8 key[32], u64 number)
{
	u32 rest[4] = { 0, 0, (u32)number, (u32)(number >> 32) }, state[16], word[8];
	int i;

	permuted(state, key, rest);
	memcpy(word, "expand 32-byte k", 16);
	memcpy(word + 4, key, 16);
	for (i = 0; i < 8; i++)
		word[i] += state[i];
	word[0] &= 0x0fffffff;
	for (i = 1; i < 4; i++)
		word[i] &= 0x0ffffffc;
	for (rest[0] = 0; rest[0] <= (len + 63) / 64; rest[0]++)
		say_chacha(key, rest);
	say_found(key, 8, "the key");
	say_found(word, 4, "r");
	say_found(word + 4, 4, "s");
}

static void say_xaead(void)
{
	u32 rest[4], state[16];
	u64 number;
	u8 subkey[32];

	memcpy(rest, nonce, 16);
	permuted(state, secret.key, rest);
	memcpy(subkey, state, 16);
	memcpy(subkey + 16, state + 12, 16);
	say_chacha(secret.key, rest);
	say_found(subkey, 8, "the subkey");
	memcpy(&number, nonce + 16, 8);
	say_aead(subkey, number);
}

/* ---- the test */

static void draw(void *p, size_t room, u32 seed)
{
	u8 *bytes = p;

	while (room--) {
		seed = seed * 1664525 + 1013904223;
		*bytes++ = seed >> 24;
	}
}

enum kind { AEAD, XAEAD, HASH, DH, BATCH, BATCH_OPEN };

/* A batch whose first message has @len bytes, and the others 64 bytes more each, up to 1,420. */
static void prepare_many(bool open)
{
	unsigned int i;

	count = len > LONGEST ? 1 : MANY;
	for (i = 0; i < count; i++) {
		many[i].dst = many_texts[i];
		many[i].src = many_texts[i];
		many[i].nonce = NONCE + i;
		many[i].len = i && len + 64 * i > LONGEST ? LONGEST : len + 64 * i;
		draw(many_texts[i], many[i].len, 3 + i);
		if (open)
			wg_aead_encrypt(many_texts[i], many_texts[i], many[i].len, NULL, 0,
					many[i].nonce, secret.key);
	}
	many_texts[0][len] ^= open && forge;
}

/* What the secrets of both runs are used for first: encrypted messages to decrypt. */
static void prepare(enum kind kind, bool forged, u32 run)
{
	draw(&secret, sizeof(secret), 0x1000 + run);
	switch (kind) {
	case AEAD:
		wg_aead_encrypt(encrypted, plain, len, plain, 12, NONCE, secret.key);
		break;
	case XAEAD:
		wg_xaead_encrypt(encrypted, plain, len, plain, 16, nonce, secret.key);
		break;
	case BATCH:
	case BATCH_OPEN:
		forge = forged;
		prepare_many(kind == BATCH_OPEN);
		return;
	default:
		break;
	}
	encrypted[len + WG_AEAD_TAG_LEN - 1] ^= forged;
}

static const struct {
	const char *name;
	void (*call)(void);
	u16 len;
	u8 kind;
	bool bad;	/* a forged message, a point of low order */
} cases[] = {
	{ "wg_aead_encrypt", encrypt, 0, AEAD, false },
	{ "wg_aead_encrypt", encrypt, 33, AEAD, false },
	{ "wg_aead_encrypt", encrypt, 64, AEAD, false },
	{ "wg_aead_encrypt", encrypt, LONGEST, AEAD, false },
	{ "wg_aead_decrypt", decrypt, 0, AEAD, false },
	{ "wg_aead_decrypt", decrypt, 33, AEAD, false },
	{ "wg_aead_decrypt", decrypt, LONGEST, AEAD, false },
	{ "wg_aead_decrypt, forged", decrypt, 100, AEAD, true },
	{ "wg_xaead_encrypt", xencrypt, 16, XAEAD, false },
	{ "wg_xaead_decrypt", xdecrypt, 16, XAEAD, false },
	{ "wg_xaead_decrypt, forged", xdecrypt, 16, XAEAD, true },
	{ "wg_blake2s, keyed", keyed_hash, 16, HASH, false },
	{ "wg_blake2s, keyed", keyed_hash, 200, HASH, false },
	{ "wg_blake2s of a secret", hash_of_secret, 32, HASH, false },
	{ "wg_blake2s of a secret", hash_of_secret, 97, HASH, false },
	{ "wg_blake2s in parts", hash_in_parts, 16, HASH, false },
	{ "wg_blake2s_hmac", hmac, 32, HASH, false },
	{ "wg_blake2s_hmac", hmac, 97, HASH, false },
	{ "wg_curve25519", x25519, 0, DH, false },
	{ "wg_curve25519, a point of low order", x25519, 0, DH, true },
	{ "wg_curve25519_public", public_key, 0, DH, false },
	{ "wg_aead_encrypt_many", encrypt_many, 0, BATCH, false },
	{ "wg_aead_encrypt_many", encrypt_many, LONGEST, BATCH, false },
	{ "wg_aead_encrypt_many", encrypt_many, IN_PARTS, BATCH, false },
	{ "wg_aead_decrypt_many", decrypt_many, 0, BATCH_OPEN, false },
	{ "wg_aead_decrypt_many", decrypt_many, LONGEST, BATCH_OPEN, false },
	{ "wg_aead_decrypt_many", decrypt_many, IN_PARTS, BATCH_OPEN, false },
	{ "wg_aead_decrypt_many, forged", decrypt_many, LONGEST, BATCH_OPEN, true },
};

static size_t depth_of(const u8 *left)
{
	size_t at = 0;

	while (at < STACK_LEN && left[at] == PAINT)
		at++;
	return STACK_LEN - at;
}

static bool test(size_t number)
{
	size_t at, differ = 0, nearest = 0, farthest = 0;
	int run;

	len = cases[number].len;
	memset(point, 0, sizeof(point));
	point[0] = cases[number].kind == DH && cases[number].bad ? 1 : 9;
	for (run = 0; run < 2; run++) {
		prepare(cases[number].kind, cases[number].bad, run);
		done = !cases[number].bad;
		memset(stack, PAINT, sizeof(stack));
		run_on(cases[number].call, stack + sizeof(stack) - 64);
		memcpy(image[run], stack, sizeof(stack));
	}
	for (at = 0; at < STACK_LEN; at++) {
		if (image[0][at] == image[1][at])
			continue;
		if (!differ++)
			farthest = STACK_LEN - at;
		nearest = STACK_LEN - at;
	}
	if (done == cases[number].bad) {
		say("not ok - " CONFIGURATION ": ");
		say(cases[number].name);
		say(" gives a wrong answer\n");
		return false;
	}
	/* The call ran on this stack, and there is space left. */
	at = depth_of(image[0]);
	if (at < 128 || at > STACK_LEN / 2) {
		say("not ok - " CONFIGURATION ": ");
		say(cases[number].name);
		say(" uses as many bytes of its stack: ");
		say_number(at);
		say("\n");
		return false;
	}
	if (!differ)
		return true;
	say("not ok - " CONFIGURATION ": ");
	say(cases[number].name);
	if (cases[number].kind == DH) {
		say(" (");
		say(wg_curve25519_name());
		say(")");
	}
	say(", ");
	say_number(len);
	say(" bytes");
	if (cases[number].kind >= BATCH && wg_vector_current() != WG_VECTOR_NONE) {
		say(", ");
		say(wg_vector_name(wg_vector_current()));
	}
	say(", leaves on its stack ");
	say_number(differ);
	say(" bytes that depend on secrets, at a depth of ");
	say_number(nearest);
	say(" to ");
	say_number(farthest);
	switch (cases[number].kind) {
	case AEAD:
	case BATCH:
	case BATCH_OPEN:
		say_aead(secret.key, NONCE);
		break;
	case XAEAD:
		say_xaead();
		break;
	case HASH:
		say_found(secret.key, 8, "the key");
		say_found(secret.other, 24, "the input");
		say_found(out, 4, "the result");
		break;
	case DH:
		if (cases[number].bad)
			break;
		say_found(secret.key, 8, "the scalar");
		say_found(out, 8, "the result");
		break;
	}
	say("\n");
	return false;
}

/* Tests the cases of kinds @first to @last, and prints the number of failures. */
static void test_part(const char *part, enum kind first, enum kind last)
{
	size_t number, bad = 0;

	for (number = 0; number < ARRAY_SIZE(cases); number++)
		if (cases[number].kind >= first && cases[number].kind <= last)
			bad += !test(number);
	say("result ");
	say(part);
	say(": ");
	say_number(bad);
	say("\n");
}

static void __maybe_unused skip_part(const char *part)
{
	say("skipped ");
	say(part);
	say(": this CPU does not have the instructions\n");
}

void start(void);
void start(void)
{
#ifdef WG_VECTORS
	enum wg_vector_set set;
#endif

	draw(plain, sizeof(plain), 1);
	draw(nonce, sizeof(nonce), 2);
	test_part("portable", 0, BATCH_OPEN);
#ifdef WG_CRYPTO_ADX
	wg_curve25519_select(1);
	if (wg_curve25519_implementations() > 1)
		test_part("adx", DH, DH);
	else
		skip_part("adx");
#endif
#ifdef WG_VECTORS
	__builtin_cpu_init();
	for (set = WG_VECTOR_NONE + 1; set < WG_VECTOR_SETS; set++) {
		wg_vector_use(set);
		if (wg_vector_usable(set))
			test_part(wg_vector_name(set), BATCH, BATCH_OPEN);
		else
			skip_part(wg_vector_name(set));
	}
#endif
	syscall3(NR_EXIT, 0, NULL, 0);
}

/* The kernel enters with an aligned stack. A function is called with it off by 8 bytes. */
__asm__(
	".pushsection .text\n"
	".globl _start\n"
	"_start:\n"
	"	call start\n"
	".popsection\n"
);
