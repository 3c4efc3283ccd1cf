// SPDX-License-Identifier: GPL-2.0
/*
 * The configuration interface as it is on a kernel of today: every probe says yes
 * (see the Makefile), the core's parser looks at all of a request.
 */
#include "netlink.c"
#include "netlink_dump.c"
