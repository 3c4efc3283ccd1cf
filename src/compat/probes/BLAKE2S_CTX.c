// SPDX-License-Identifier: GPL-2.0
/* Is the state of BLAKE2s struct blake2s_ctx? In 7.2, not in 6.12; see BLAKE2S_STATE. */
#include <crypto/blake2s.h>

void probe_BLAKE2S_CTX(struct blake2s_ctx *ctx);
void probe_BLAKE2S_CTX(struct blake2s_ctx *ctx)
{
	blake2s_init(ctx, 32);
}
