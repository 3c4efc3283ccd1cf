/* SPDX-License-Identifier: GPL-2.0 */
/* Host stand-in: IPv6 addresses. The C library's come first: it has no way around the others. */
#include <netinet/in.h>
#include_next <linux/in6.h>
