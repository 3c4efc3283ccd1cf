// SPDX-License-Identifier: GPL-2.0
/* Does struct genl_family have resv_start_op? In 6.1, not in 5.10; else left out. */
/* stays: such a kernel applies GENL_OP_VALIDATE only to operations below resv_start_op */
#include <net/genetlink.h>

struct genl_family probe_GENL_RESV_START_OP = {
	.resv_start_op = 1,
};
