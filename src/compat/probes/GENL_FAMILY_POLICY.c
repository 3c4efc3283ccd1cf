// SPDX-License-Identifier: GPL-2.0
/* Does struct genl_family have a policy? In 5.4, not in 4.19; see GENL_OP_POLICY. */
#include <net/genetlink.h>

void probe_GENL_FAMILY_POLICY(struct genl_family *family, const struct nla_policy *policy);
void probe_GENL_FAMILY_POLICY(struct genl_family *family, const struct nla_policy *policy)
{
	family->policy = policy;
}
