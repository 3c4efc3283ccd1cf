/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Stand-ins for the kernel's headers, with which crypto.sh compiles lib/crypto and
 * arch/x86/crypto of Debian's linux-source, unmodified, for the host. crypto.sh makes a header
 * with the name of each missing one that includes this file. The library may use vector units at
 * any time, and kernel_fpu_begin() costs nothing: in a kernel it costs the saving of registers.
 * The types of the crypto API exist so that its registration compiles. It is not done.
 *
 * The library chooses its code when its modules are initialised. kernel.c initialises them again
 * for each contender, so their functions and the static keys are in sections of their own.
 */
#ifndef BENCH_KERNEL_STUBS_H
#define BENCH_KERNEL_STUBS_H

/* The options of Debian's kernel. IS_ENABLED() has the value itself. */
#define CONFIG_64BIT 1
#define CONFIG_X86_64 1
#define CONFIG_AS_AVX512 1
#define CONFIG_ARCH_SUPPORTS_INT128 1
#define CONFIG_HAVE_EFFICIENT_UNALIGNED_ACCESS 1
#define CONFIG_CRYPTO_ARCH_HAVE_LIB_BLAKE2S 1
#define CONFIG_CRYPTO_ARCH_HAVE_LIB_CHACHA 1
#define CONFIG_CRYPTO_ARCH_HAVE_LIB_CURVE25519 1
#define CONFIG_CRYPTO_ARCH_HAVE_LIB_POLY1305 1
#define CONFIG_CRYPTO_LIB_POLY1305_RSIZE 11
#define CONFIG_CRYPTO_MANAGER_DISABLE_TESTS 1
#define IS_ENABLED(option) (option)
#define IS_REACHABLE(option) 0
#define IS_BUILTIN(option) (option)
#define DEBUG 0

#ifdef __ASSEMBLER__

#define SYM_FUNC_START(name) .globl name; .p2align 4; name:
#define SYM_FUNC_START_LOCAL(name) .p2align 4; name:
#define SYM_FUNC_END(name) .type name, @function; .size name, . - name
#define SYM_CODE_START SYM_FUNC_START
#define SYM_CODE_END SYM_FUNC_END
#define SYM_TYPED_FUNC_START SYM_FUNC_START
#define RET ret
#define FRAME_BEGIN
#define FRAME_END
#define ANNOTATE_NOENDBR

#else

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>

typedef uint8_t u8;
typedef uint16_t u16, __le16;
typedef uint32_t u32, __le32;
typedef uint64_t u64, __le64;
typedef int32_t s32;
typedef int64_t s64;
typedef unsigned __int128 u128;

#define __init
#define __exit
#define __initdata
#define __ro_after_init
#define asmlinkage
#undef __always_inline
#define __always_inline inline __attribute__((always_inline))
#define __must_check
#define __maybe_unused __attribute__((unused))
#define __aligned(n) __attribute__((aligned(n)))
#define __packed __attribute__((packed))
#define noinline __attribute__((noinline))
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define barrier_data(p) __asm__ __volatile__("" : : "r"(p) : "memory")
#define OPTIMIZER_HIDE_VAR(v) __asm__("" : "=r"(v) : "0"(v))
#define fallthrough __attribute__((fallthrough))

#define EXPORT_SYMBOL(x)
#define EXPORT_SYMBOL_GPL(x)
#define MODULE_LICENSE(x)
#define MODULE_AUTHOR(x)
#define MODULE_DESCRIPTION(x)
#define MODULE_ALIAS_CRYPTO(x)
#define THIS_MODULE NULL
#define module_init(function) \
	static int (*const bench_init)(void) \
		__attribute__((used, section("bench_inits"))) = function;
#define module_exit(function) \
	static __attribute__((unused)) void bench_end(void) { function(); }

#define BUILD_BUG_ON(x) ((void)sizeof(char[1 - 2 * !!(x)]))
#define WARN_ON(x) (!!(x))
#define WARN_ON_ONCE(x) (!!(x))
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define min(a, b) ((a) < (b) ? (a) : (b))
#define min_t(type, a, b) ((type)(a) < (type)(b) ? (type)(a) : (type)(b))
#define DIV_ROUND_UP(n, d) (((n) + (d) - 1) / (d))
#define round_up(x, n) (((x) + (n) - 1) / (n) * (n))
#define round_down(x, n) ((x) / (n) * (n))
#define SZ_4K 4096
#define __weak __attribute__((weak))
#define __alias(name) __attribute__((alias(#name)))

static inline u32 rol32(u32 x, unsigned int n) { return x << n | x >> (32 - n); }
static inline u32 ror32(u32 x, unsigned int n) { return x >> n | x << (32 - n); }

/* x86 is little-endian. */
#define cpu_to_le32(x) (x)
#define cpu_to_le64(x) (x)
#define le32_to_cpu(x) (x)
#define le64_to_cpu(x) (x)
#define le32_to_cpup(p) (*(p))
#define le64_to_cpup(p) (*(p))
static inline void cpu_to_le32_array(u32 *p, unsigned int n) { (void)p; (void)n; }
static inline void le32_to_cpu_array(u32 *p, unsigned int n) { (void)p; (void)n; }
static inline u32 get_unaligned_le32(const void *p) { u32 v; memcpy(&v, p, 4); return v; }
static inline u64 get_unaligned_le64(const void *p) { u64 v; memcpy(&v, p, 8); return v; }
static inline void put_unaligned_le32(u32 v, void *p) { memcpy(p, &v, 4); }
static inline void put_unaligned_le64(u64 v, void *p) { memcpy(p, &v, 8); }

static inline void memzero_explicit(void *p, size_t len)
{
	memset(p, 0, len);
	barrier_data(p);
}

static inline unsigned long bench_memneq(const void *a, const void *b, size_t len)
{
	const u8 *x = a, *y = b;
	unsigned long differ = 0;

	while (len--)
		differ |= *x++ ^ *y++;
	return differ;
}
#define crypto_memneq bench_memneq

static inline void crypto_xor_cpy(u8 *dst, const u8 *a, const u8 *b, unsigned int len)
{
	while (len--)
		*dst++ = *a++ ^ *b++;
}

/* A static key is a variable: a load and a test in place of a patched jump. */
#define DEFINE_STATIC_KEY_FALSE(name) bool name __attribute__((used, section("bench_keys")))
#define static_branch_likely(key) likely(*(key))
#define static_branch_unlikely(key) unlikely(*(key))
#define static_branch_enable(key) (*(key) = true)

static inline void kernel_fpu_begin(void) { }
static inline void kernel_fpu_end(void) { }
static inline bool may_use_simd(void) { return true; }
static inline bool crypto_simd_usable(void) { return true; }

/* The CPU of a contender: this one, or one that lacks some features. */
struct bench_cpu {
	const char *features;	/* of those below, with spaces between them */
	u8 x86_model;
};
extern struct bench_cpu boot_cpu_data;
#define boot_cpu_has(feature) \
	(__builtin_cpu_supports(feature) && strstr(boot_cpu_data.features, " " feature " "))
#define cpu_has_xfeatures(mask, name) true
#define X86_FEATURE_SSSE3 "ssse3"
#define X86_FEATURE_AVX "avx"
#define X86_FEATURE_AVX2 "avx2"
#define X86_FEATURE_AVX512F "avx512f"
#define X86_FEATURE_AVX512VL "avx512vl"
#define X86_FEATURE_AVX512BW "avx512bw"
#define X86_FEATURE_BMI2 "bmi2"
#define X86_FEATURE_ADX "adx"
#define INTEL_FAM6_SKYLAKE_X 0x55

/* lib/crypto/chacha20poly1305.c */
static const u8 bench_zero_page[64];
#define ZERO_PAGE(x) bench_zero_page
#define page_address(page) (page)
struct scatterlist {
	int unused;
};
struct sg_mapping_iter {
	void *addr;
	size_t length;
};
#define SG_MITER_ATOMIC 0
#define SG_MITER_TO_SG 0
#define PAGE_SIZE 4096
#define sg_miter_start(...) ((void)0)
#define sg_miter_next(...) false
#define sg_miter_stop(...) ((void)0)
#define sg_nents(sg) ((void)(sg), 0)
#define sg_nents_for_len(sg, len) ((void)(sg), 0)
#define sg_copy_from_buffer(...) 0
#define sg_copy_to_buffer(...) 0
#define scatterwalk_map_and_copy(...) ((void)0)

/* The crypto API. */
struct crypto_alg {
	const char *cra_name, *cra_driver_name;
	int cra_priority, cra_blocksize, cra_ctxsize;
	void *cra_module;
};
struct crypto_skcipher;
struct crypto_kpp;
struct skcipher_request {
	unsigned int cryptlen;
	u8 *iv;
};
struct skcipher_walk {
	struct {
		struct {
			u8 *addr;
		} virt;
	} dst, src;
	unsigned int nbytes, total, stride;
};
struct skcipher_alg {
	struct crypto_alg base;
	unsigned int min_keysize, max_keysize, ivsize, chunksize;
	int (*setkey)(struct crypto_skcipher *tfm, const u8 *key, unsigned int len);
	int (*encrypt)(struct skcipher_request *req);
	int (*decrypt)(struct skcipher_request *req);
};
struct shash_desc;
struct shash_alg {
	int (*init)(struct shash_desc *desc);
	int (*update)(struct shash_desc *desc, const u8 *src, unsigned int len);
	int (*final)(struct shash_desc *desc, u8 *dst);
	unsigned int digestsize, descsize;
	struct crypto_alg base;
};
struct kpp_request {
	struct scatterlist *src, *dst;
	unsigned int dst_len;
};
struct kpp_alg {
	struct crypto_alg base;
	int (*set_secret)(struct crypto_kpp *tfm, const void *buf, unsigned int len);
	int (*generate_public_key)(struct kpp_request *req);
	int (*compute_shared_secret)(struct kpp_request *req);
	unsigned int (*max_size)(struct crypto_kpp *tfm);
};
#define crypto_skcipher_reqtfm(req) ((struct crypto_skcipher *)(req))
#define crypto_skcipher_ctx(tfm) ((void *)(tfm))
#define crypto_kpp_reqtfm(req) ((struct crypto_kpp *)(req))
#define kpp_tfm_ctx(tfm) ((void *)(tfm))
#define shash_desc_ctx(desc) ((void *)(desc))
#define skcipher_walk_virt(walk, req, atomic) \
	(*(walk) = (struct skcipher_walk){ 0 }, (void)(req), 0)
#define skcipher_walk_done(walk, left) ((void)(left), 0)
#define crypto_register_skciphers(algs, n) ((void)(algs), 0)
#define crypto_unregister_skciphers(algs, n) ((void)(algs))
#define crypto_register_shash(alg) ((void)(alg), 0)
#define crypto_unregister_shash(alg) ((void)(alg))
#define crypto_register_kpp(alg) ((void)(alg), 0)
#define crypto_unregister_kpp(alg) ((void)(alg))
#define get_random_bytes_wait(p, len) ((void)(p))

#endif /* __ASSEMBLER__ */
#endif
