/* SPDX-License-Identifier: GPL-2.0 */
/* Host stand-in: address families. */
#include <sys/socket.h>
