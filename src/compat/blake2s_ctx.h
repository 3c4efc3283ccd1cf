/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's incremental BLAKE2s under one set of names. The state is struct
 * blake2s_state up to 6.18, and struct blake2s_ctx since then. The one-shot
 * blake2s() is not here, because the order of its arguments changed at the same
 * time. Only the kernel crypto backend includes this file, because not every
 * kernel has <crypto/blake2s.h>.
 */
#ifndef WG_COMPAT_BLAKE2S_CTX_H
#define WG_COMPAT_BLAKE2S_CTX_H

#include "generated/config.h"
#include <crypto/blake2s.h>

#if HAVE_BLAKE2S_CTX
typedef struct blake2s_ctx compat_blake2s_ctx;
#else
typedef struct blake2s_state compat_blake2s_ctx;
#endif

#define compat_blake2s_init(ctx, outlen) blake2s_init(ctx, outlen)
#define compat_blake2s_init_key(ctx, outlen, key, keylen) \
	blake2s_init_key(ctx, outlen, key, keylen)
#define compat_blake2s_update(ctx, in, len) blake2s_update(ctx, in, len)
/* Wipes *ctx. */
#define compat_blake2s_final(ctx, out) blake2s_final(ctx, out)

#endif /* WG_COMPAT_BLAKE2S_CTX_H */
