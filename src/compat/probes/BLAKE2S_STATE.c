// SPDX-License-Identifier: GPL-2.0
/* Is the state of BLAKE2s struct blake2s_state? In 5.6 to 6.12, not in 7.2; see BLAKE2S_CTX. */
#include <crypto/blake2s.h>

void probe_BLAKE2S_STATE(struct blake2s_state *state);
void probe_BLAKE2S_STATE(struct blake2s_state *state)
{
	blake2s_init(state, 32);
}
