// SPDX-License-Identifier: GPL-2.0
/* Does security_sk_classify_flow() take a struct flowi_common? In 5.10, not in 5.4; see FLOWI. */
#include <linux/security.h>
#include <net/flow.h>

void probe_FLOWI_COMMON(struct sock *sk, struct flowi4 *fl4, struct flowi6 *fl6);
void probe_FLOWI_COMMON(struct sock *sk, struct flowi4 *fl4, struct flowi6 *fl6)
{
	security_sk_classify_flow(sk, flowi4_to_flowi_common(fl4));
	security_sk_classify_flow(sk, flowi6_to_flowi_common(fl6));
}

/* Newer kernels take a const socket. */
char probe_FLOWI_COMMON_type[
	__builtin_types_compatible_p(typeof(security_sk_classify_flow),
				     void(struct sock *, struct flowi_common *)) ||
	__builtin_types_compatible_p(typeof(security_sk_classify_flow),
				     void(const struct sock *, struct flowi_common *)) ? 1 : -1];
