// SPDX-License-Identifier: GPL-2.0
/* Is the state of BLAKE2s struct blake2s_ctx? In 7.2, not in 6.12; see BLAKE2S_STATE. */
/* exports: blake2s_update blake2s_final */
#include <crypto/blake2s.h>

void probe_BLAKE2S_CTX(struct blake2s_ctx *ctx, const u8 *in, u8 *out);
void probe_BLAKE2S_CTX(struct blake2s_ctx *ctx, const u8 *in, u8 *out)
{
	blake2s_init(ctx, 32);
	blake2s_init_key(ctx, 32, in, 32);
	blake2s_update(ctx, in, 32);
	blake2s_final(ctx, out);
}
