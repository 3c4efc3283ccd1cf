// SPDX-License-Identifier: GPL-2.0
/* Has struct genl_family resv_start_op? In 6.1, not in 5.10; else left out. */
/* stays: a kernel that has it takes GENL_OP_VALIDATE for operations before it only */
#include <net/genetlink.h>

struct genl_family probe_GENL_RESV_START_OP = {
	.resv_start_op = 1,
};
