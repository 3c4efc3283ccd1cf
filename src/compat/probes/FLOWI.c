// SPDX-License-Identifier: GPL-2.0
/* Does security_sk_classify_flow() take a struct flowi? In 5.4, not in 5.10; see FLOWI_COMMON. */
#include <linux/security.h>
#include <net/flow.h>

void probe_FLOWI(struct sock *sk, struct flowi4 *fl4, struct flowi6 *fl6);
void probe_FLOWI(struct sock *sk, struct flowi4 *fl4, struct flowi6 *fl6)
{
	security_sk_classify_flow(sk, flowi4_to_flowi(fl4));
	security_sk_classify_flow(sk, flowi6_to_flowi(fl6));
}

char probe_FLOWI_type[__builtin_types_compatible_p(
	typeof(security_sk_classify_flow), void(struct sock *, struct flowi *)) ? 1 : -1];
