/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Little-endian loads and stores at any alignment, for the vendored backend.
 * The kernel's get_unaligned_*() have moved between headers. memcpy() of a
 * constant size compiles to a single instruction on machines that have one.
 */
#ifndef WG_CRYPTO_BYTES_H
#define WG_CRYPTO_BYTES_H

#include <linux/compiler.h>
#include <linux/string.h>
#include <linux/types.h>
#include <asm/byteorder.h>

static __always_inline u32 wg_load_le32(const u8 *p)
{
	__le32 v;

	memcpy(&v, p, sizeof(v));
	return le32_to_cpu(v);
}

static __always_inline u64 wg_load_le64(const u8 *p)
{
	__le64 v;

	memcpy(&v, p, sizeof(v));
	return le64_to_cpu(v);
}

static __always_inline void wg_store_le32(u8 *p, u32 x)
{
	__le32 v = cpu_to_le32(x);

	memcpy(p, &v, sizeof(v));
}

static __always_inline void wg_store_le64(u8 *p, u64 x)
{
	__le64 v = cpu_to_le64(x);

	memcpy(p, &v, sizeof(v));
}

#endif /* WG_CRYPTO_BYTES_H */
