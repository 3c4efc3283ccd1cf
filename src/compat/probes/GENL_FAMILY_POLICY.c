// SPDX-License-Identifier: GPL-2.0
/* Does struct genl_family have a policy? In 5.4, not in 4.19; see GENL_OP_POLICY. */
#include <net/genetlink.h>

struct genl_family probe_GENL_FAMILY_POLICY = {
	.policy = NULL,
};
