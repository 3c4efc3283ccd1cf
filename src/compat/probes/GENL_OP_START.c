// SPDX-License-Identifier: GPL-2.0
/* Has a genetlink operation .start? Since 4.4, not in RHEL 7; else the first .dumpit calls it. */
#include <net/genetlink.h>

int probe_GENL_OP_START(struct netlink_callback *cb);

const struct genl_ops probe_GENL_OP_START_ops = {
	.start = probe_GENL_OP_START,
};
