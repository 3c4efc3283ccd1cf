// SPDX-License-Identifier: GPL-2.0
/* Is the state of BLAKE2s struct blake2s_state? In 5.4.273 to 6.12, not in 7.2; see BLAKE2S_CTX. */
/* exports: blake2s_update blake2s_final */
#include <crypto/blake2s.h>

void probe_BLAKE2S_STATE(struct blake2s_state *state, const u8 *in, u8 *out);
void probe_BLAKE2S_STATE(struct blake2s_state *state, const u8 *in, u8 *out)
{
	blake2s_init(state, 32);
	blake2s_init_key(state, 32, in, 32);
	blake2s_update(state, in, 32);
	blake2s_final(state, out);
}
