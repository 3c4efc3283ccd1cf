/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Arithmetic modulo p = 2^255 - 19 for x86-64 processors with BMI2 and ADX. An
 * element has four words of 64 bits. It is "tight" if it is below
 * 2^255 + 2^23, as after a product or a load, and "loose" if it is any number
 * of four words, as after one addition or subtraction of tight elements.
 *
 * The products are in assembly, because compilers do not use the two carry
 * chains of ADX: adcx adds with the carry flag alone, adox with the overflow
 * flag alone, and mulx changes no flag. So the low and the high halves of a row
 * of products are added at the same time. The assembly uses general registers
 * only, needs no stack, and takes the same instructions for all values.
 */
#ifndef WG_CRYPTO_FE25519_ADX_H
#define WG_CRYPTO_FE25519_ADX_H

#include <linux/compiler.h>

#include "bytes.h"

#define WG_ADX_WORDS 4
#define WG_ADX_TOP (1ULL << 63)

struct wg_adx {
	u64 v[WG_ADX_WORDS];
};

/* RFC 7748, section 5: the top bit is ignored. */
static void wg_adx_load(struct wg_adx *out, const u8 in[32])
{
	int i;

	for (i = 0; i < WG_ADX_WORDS; i++)
		out->v[i] = wg_load_le64(in + 8 * i);
	out->v[3] &= ~WG_ADX_TOP;
}

/*
 * Adds @x to the element and returns the bits from 255 on. The bits below 255 are
 * stored to @out.
 */
static u64 wg_adx_add_word(struct wg_adx *out, const struct wg_adx *a, u64 x)
{
	int i;

	for (i = 0; i < WG_ADX_WORDS; i++) {
		out->v[i] = a->v[i] + x;
		x = out->v[i] < x;
	}
	x = out->v[3] >> 63;
	out->v[3] &= ~WG_ADX_TOP;
	return x;
}

/* Stores the representation below p. @a is tight. */
static void wg_adx_store(u8 out[32], const struct wg_adx *a)
{
	struct wg_adx t, u;
	u64 top;
	int i;

	/* 2^255 = 19 mod p: afterwards the value is below 2^255. */
	top = wg_adx_add_word(&t, a, 0);
	wg_adx_add_word(&t, &t, 19 * top);
	/* top = 1 if the value is >= p: adding 19 then reaches 2^255. */
	top = wg_adx_add_word(&u, &t, 19);
	wg_adx_add_word(&t, &t, 19 * top);
	for (i = 0; i < WG_ADX_WORDS; i++)
		wg_store_le64(out + 8 * i, t.v[i]);
	memzero_explicit(&t, sizeof(t));
	memzero_explicit(&u, sizeof(u));
}

/*
 * Tight in, loose out. If the sum reaches 2^256 = 38 mod p, the rest is below
 * 2^24, so adding 38 to it gives no carry.
 */
static __always_inline void wg_adx_add(struct wg_adx *out, const struct wg_adx *a,
				       const struct wg_adx *b)
{
	u64 v0, v1, v2, v3, carry;

	asm volatile(
		"mov	(%[a]), %[v0]\n\t"
		"mov	8(%[a]), %[v1]\n\t"
		"mov	16(%[a]), %[v2]\n\t"
		"mov	24(%[a]), %[v3]\n\t"
		"add	(%[b]), %[v0]\n\t"
		"adc	8(%[b]), %[v1]\n\t"
		"adc	16(%[b]), %[v2]\n\t"
		"adc	24(%[b]), %[v3]\n\t"
		"sbb	%[carry], %[carry]\n\t"
		"and	$38, %[carry]\n\t"
		"add	%[carry], %[v0]\n\t"
		: [v0] "=&r"(v0), [v1] "=&r"(v1), [v2] "=&r"(v2),
		  [v3] "=&r"(v3), [carry] "=&r"(carry)
		: [a] "r"(a), [b] "r"(b)
		: "cc", "memory");
	out->v[0] = v0;
	out->v[1] = v1;
	out->v[2] = v2;
	out->v[3] = v3;
}

/*
 * Tight in, loose out. A negative difference is above -2^255 - 2^23. Modulo 2^256
 * it is then above 2^254, so that it can be reduced by 38 = 2^256 mod p.
 */
static __always_inline void wg_adx_sub(struct wg_adx *out, const struct wg_adx *a,
				       const struct wg_adx *b)
{
	u64 v0, v1, v2, v3, borrow;

	asm volatile(
		"mov	(%[a]), %[v0]\n\t"
		"mov	8(%[a]), %[v1]\n\t"
		"mov	16(%[a]), %[v2]\n\t"
		"mov	24(%[a]), %[v3]\n\t"
		"sub	(%[b]), %[v0]\n\t"
		"sbb	8(%[b]), %[v1]\n\t"
		"sbb	16(%[b]), %[v2]\n\t"
		"sbb	24(%[b]), %[v3]\n\t"
		"sbb	%[borrow], %[borrow]\n\t"
		"and	$38, %[borrow]\n\t"
		"sub	%[borrow], %[v0]\n\t"
		"sbb	$0, %[v1]\n\t"
		"sbb	$0, %[v2]\n\t"
		"sbb	$0, %[v3]\n\t"
		: [v0] "=&r"(v0), [v1] "=&r"(v1), [v2] "=&r"(v2),
		  [v3] "=&r"(v3), [borrow] "=&r"(borrow)
		: [a] "r"(a), [b] "r"(b)
		: "cc", "memory");
	out->v[0] = v0;
	out->v[1] = v1;
	out->v[2] = v2;
	out->v[3] = v3;
}

/*
 * The end of each product, from r8 to r12 upward, with r12 below 2^17: the bits
 * from 255 on, times 19, are added to the bits below. The sum is below
 * 2^255 + 19 * 2^18, tight.
 */
#define WG_ADX_FOLD_TOP					\
	"mov	%%r11, %%rax\n\t"			\
	"btr	$63, %%r11\n\t"				\
	"shr	$63, %%rax\n\t"				\
	"lea	(%%rax, %%r12, 2), %%rax\n\t"		\
	"lea	(%%rax, %%rax, 8), %%rdx\n\t"		\
	"lea	(%%rax, %%rdx, 2), %%rax\n\t"		\
	"add	%%rax, %%r8\n\t"			\
	"adc	$0, %%r9\n\t"				\
	"adc	$0, %%r10\n\t"				\
	"adc	$0, %%r11\n\t"				\
	"mov	%%r8, (%[out])\n\t"			\
	"mov	%%r9, 8(%[out])\n\t"			\
	"mov	%%r10, 16(%[out])\n\t"			\
	"mov	%%r11, 24(%[out])\n\t"

/* From r8 to r15: the upper four words, times 38, are added to the lower four. */
#define WG_ADX_FOLD_HALF				\
	"mov	$38, %%edx\n\t"				\
	"xor	%%ebx, %%ebx\n\t"			\
	"mulx	%%r12, %%rax, %%r12\n\t"		\
	"adcx	%%rax, %%r8\n\t"			\
	"adox	%%r12, %%r9\n\t"			\
	"mulx	%%r13, %%rax, %%r12\n\t"		\
	"adcx	%%rax, %%r9\n\t"			\
	"adox	%%r12, %%r10\n\t"			\
	"mulx	%%r14, %%rax, %%r12\n\t"		\
	"adcx	%%rax, %%r10\n\t"			\
	"adox	%%r12, %%r11\n\t"			\
	"mulx	%%r15, %%rax, %%r12\n\t"		\
	"adcx	%%rax, %%r11\n\t"			\
	"adox	%%rbx, %%r12\n\t"			\
	"adcx	%%rbx, %%r12\n\t"

/* Word @i of b times a, added to the words @r0 to @r3; @r4 is new. */
#define WG_ADX_ROW(i, r0, r1, r2, r3, r4)		\
	"mov	" #i "*8(%[b]), %%rdx\n\t"		\
	"xor	%%eax, %%eax\n\t"			\
	"mulx	(%[a]), %%rax, %%rbx\n\t"		\
	"adcx	%%rax, %%" #r0 "\n\t"			\
	"adox	%%rbx, %%" #r1 "\n\t"			\
	"mulx	8(%[a]), %%rax, %%rbx\n\t"		\
	"adcx	%%rax, %%" #r1 "\n\t"			\
	"adox	%%rbx, %%" #r2 "\n\t"			\
	"mulx	16(%[a]), %%rax, %%rbx\n\t"		\
	"adcx	%%rax, %%" #r2 "\n\t"			\
	"adox	%%rbx, %%" #r3 "\n\t"			\
	"mulx	24(%[a]), %%rax, %%" #r4 "\n\t"		\
	"mov	$0, %%ebx\n\t"				\
	"adcx	%%rax, %%" #r3 "\n\t"			\
	"adox	%%rbx, %%" #r4 "\n\t"			\
	"adcx	%%rbx, %%" #r4 "\n\t"

#define WG_ADX_CLOBBERS						\
	"rax", "rbx", "rdx", "r8", "r9", "r10", "r11", "r12",	\
	"r13", "r14", "r15", "cc", "memory"

/* Loose in, tight out; @out may be a factor. */
static __always_inline void wg_adx_mul(struct wg_adx *out, const struct wg_adx *a,
					   const struct wg_adx *b)
{
	asm volatile(
		"mov	(%[b]), %%rdx\n\t"
		"mulx	(%[a]), %%r8, %%r9\n\t"
		"mulx	8(%[a]), %%rax, %%r10\n\t"
		"add	%%rax, %%r9\n\t"
		"mulx	16(%[a]), %%rax, %%r11\n\t"
		"adc	%%rax, %%r10\n\t"
		"mulx	24(%[a]), %%rax, %%r12\n\t"
		"adc	%%rax, %%r11\n\t"
		"adc	$0, %%r12\n\t"
		WG_ADX_ROW(1, r9, r10, r11, r12, r13)
		WG_ADX_ROW(2, r10, r11, r12, r13, r14)
		WG_ADX_ROW(3, r11, r12, r13, r14, r15)
		WG_ADX_FOLD_HALF
		WG_ADX_FOLD_TOP
		:
		: [out] "r"(out), [a] "r"(a), [b] "r"(b)
		: WG_ADX_CLOBBERS);
}

/*
 * Loose in, tight out; @out may be @a. The products of two different words are
 * added up once, then doubled by one carry chain while the other one adds the
 * squares of the words.
 */
static __always_inline void wg_adx_square(struct wg_adx *out, const struct wg_adx *a)
{
	asm volatile(
		"mov	(%[a]), %%rdx\n\t"
		"xor	%%r15d, %%r15d\n\t"
		"mulx	8(%[a]), %%r9, %%r10\n\t"
		"mulx	16(%[a]), %%rax, %%r11\n\t"
		"adcx	%%rax, %%r10\n\t"
		"mulx	24(%[a]), %%rax, %%r12\n\t"
		"adcx	%%rax, %%r11\n\t"
		"mov	8(%[a]), %%rdx\n\t"
		"adcx	%%r15, %%r12\n\t"
		"mulx	16(%[a]), %%rax, %%rbx\n\t"
		"adcx	%%rax, %%r11\n\t"
		"adox	%%rbx, %%r12\n\t"
		"mulx	24(%[a]), %%rax, %%r13\n\t"
		"adcx	%%rax, %%r12\n\t"
		"adox	%%r15, %%r13\n\t"
		"mov	16(%[a]), %%rdx\n\t"
		"mulx	24(%[a]), %%rax, %%r14\n\t"
		"adcx	%%rax, %%r13\n\t"
		"adcx	%%r15, %%r14\n\t"
		"mov	(%[a]), %%rdx\n\t"
		"xor	%%r15d, %%r15d\n\t"
		"mulx	%%rdx, %%r8, %%rbx\n\t"
		"adcx	%%r9, %%r9\n\t"
		"adox	%%rbx, %%r9\n\t"
		"mov	8(%[a]), %%rdx\n\t"
		"mulx	%%rdx, %%rax, %%rbx\n\t"
		"adcx	%%r10, %%r10\n\t"
		"adox	%%rax, %%r10\n\t"
		"adcx	%%r11, %%r11\n\t"
		"adox	%%rbx, %%r11\n\t"
		"mov	16(%[a]), %%rdx\n\t"
		"mulx	%%rdx, %%rax, %%rbx\n\t"
		"adcx	%%r12, %%r12\n\t"
		"adox	%%rax, %%r12\n\t"
		"adcx	%%r13, %%r13\n\t"
		"adox	%%rbx, %%r13\n\t"
		"mov	24(%[a]), %%rdx\n\t"
		"mulx	%%rdx, %%rax, %%rbx\n\t"
		"adcx	%%r14, %%r14\n\t"
		"adox	%%rax, %%r14\n\t"
		"adcx	%%r15, %%r15\n\t"
		"adox	%%rbx, %%r15\n\t"
		WG_ADX_FOLD_HALF
		WG_ADX_FOLD_TOP
		:
		: [out] "r"(out), [a] "r"(a)
		: WG_ADX_CLOBBERS);
}

/* @out = @a + @n @b, @n below 2^17. Loose in, tight out; @out may be @a or @b. */
static __always_inline void wg_adx_add_small(struct wg_adx *out, const struct wg_adx *a,
					     const struct wg_adx *b, u64 n)
{
	asm volatile(
		"mulx	(%[b]), %%r8, %%r9\n\t"
		"mulx	8(%[b]), %%rax, %%r10\n\t"
		"add	%%rax, %%r9\n\t"
		"mulx	16(%[b]), %%rax, %%r11\n\t"
		"adc	%%rax, %%r10\n\t"
		"mulx	24(%[b]), %%rax, %%r12\n\t"
		"adc	%%rax, %%r11\n\t"
		"adc	$0, %%r12\n\t"
		"add	(%[a]), %%r8\n\t"
		"adc	8(%[a]), %%r9\n\t"
		"adc	16(%[a]), %%r10\n\t"
		"adc	24(%[a]), %%r11\n\t"
		"adc	$0, %%r12\n\t"
		WG_ADX_FOLD_TOP
		: "+d"(n)
		: [out] "r"(out), [a] "r"(a), [b] "r"(b)
		: "rax", "r8", "r9", "r10", "r11", "r12", "cc", "memory");
}

#endif /* WG_CRYPTO_FE25519_ADX_H */
