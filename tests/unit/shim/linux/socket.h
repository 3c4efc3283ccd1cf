/* SPDX-License-Identifier: GPL-2.0 */
/* Host stand-in: address families. */
#include_next <linux/socket.h>
#include <sys/socket.h>
