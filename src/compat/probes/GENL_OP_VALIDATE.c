// SPDX-License-Identifier: GPL-2.0
/* Can an operation of genetlink be parsed as ever? Since 5.2; else they all are. See NLA_EXACT_LEN. */
#include <net/genetlink.h>

struct genl_ops probe_GENL_OP_VALIDATE = {
	.validate = GENL_DONT_VALIDATE_STRICT | GENL_DONT_VALIDATE_DUMP,
};
