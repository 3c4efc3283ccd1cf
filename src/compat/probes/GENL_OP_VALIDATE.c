// SPDX-License-Identifier: GPL-2.0
/* Can a genetlink operation turn off strict validation? Since 5.2; else it is never strict. See NLA_LEN_RANGE. */
#include <net/genetlink.h>

struct genl_ops probe_GENL_OP_VALIDATE = {
	.validate = GENL_DONT_VALIDATE_STRICT | GENL_DONT_VALIDATE_DUMP,
};
