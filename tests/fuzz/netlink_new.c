// SPDX-License-Identifier: GPL-2.0
/*
 * The configuration interface as on a kernel of today: every probe succeeds (see the Makefile),
 * and the core's parser validates the whole request.
 */
#include "netlink_family.c"
#include "netlink_dump.c"
#include "netlink_set.c"
#include "netlink.c"
