/* SPDX-License-Identifier: GPL-2.0 */
/* Host stand-in: a user namespace in which the only sender has all capabilities or none. */
#ifndef SHIM_LINUX_CAPABILITY_H
#define SHIM_LINUX_CAPABILITY_H

#include_next <linux/capability.h>
#include <linux/types.h>

struct user_namespace {
	bool capable;
};

#endif
