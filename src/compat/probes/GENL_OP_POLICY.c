// SPDX-License-Identifier: GPL-2.0
/* Does struct genl_ops have a policy? Until 5.1, and since 5.10; see GENL_FAMILY_POLICY. */
#include <net/genetlink.h>

void probe_GENL_OP_POLICY(struct genl_ops *ops, const struct nla_policy *policy);
void probe_GENL_OP_POLICY(struct genl_ops *ops, const struct nla_policy *policy)
{
	ops->policy = policy;
}
