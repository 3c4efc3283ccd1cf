/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Replaces the headers of shim/ that need a C library, for programs without one, which any x86
 * compiler can build for 32 and 64 bits. It is included by -include.
 */
#ifndef BARE_H
#define BARE_H

#define SHIM_LINUX_TYPES_H
#define SHIM_LINUX_STRING_H
#define SHIM_ASM_BYTEORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef int32_t s32;
typedef uint32_t u32, __le32;
typedef uint64_t u64, __le64;

/* x86 is little-endian. */
#define cpu_to_le32(x) (x)
#define cpu_to_le64(x) (x)
#define le32_to_cpu(x) (x)
#define le64_to_cpu(x) (x)

void *memcpy(void *to, const void *from, size_t len);
void *memset(void *p, int c, size_t len);
int memcmp(const void *a, const void *b, size_t len);

/* For parameters of the module, which these programs do not have. */
static inline bool sysfs_streq(const char *a, const char *b)
{
	(void)a;
	(void)b;
	return false;
}

static inline void memzero_explicit(void *p, size_t len)
{
	memset(p, 0, len);
	__asm__ __volatile__("" : : "r"(p) : "memory");
}

#endif
