/* SPDX-License-Identifier: GPL-2.0 */
/* Host stand-in: IPv4 addresses. The C library's header comes first, since it conflicts with a
 * later one. */
#include <netinet/in.h>
#include_next <linux/in.h>
