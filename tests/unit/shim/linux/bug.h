/* SPDX-License-Identifier: GPL-2.0 */
/* Host stand-in: a kernel warning ends the test. */
#ifndef SHIM_LINUX_BUG_H
#define SHIM_LINUX_BUG_H

#include <stdio.h>
#include <stdlib.h>
#include <linux/build_bug.h>
#include <linux/compiler.h>

#define SHIM_CHECK(condition, what) do { \
	if (!(condition)) { \
		fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, what); \
		abort(); \
	} \
} while (0)

#define BUG_ON(condition) SHIM_CHECK(!(condition), "BUG_ON(" #condition ")")
#define WARN_ON(condition) ({ \
	SHIM_CHECK(!(condition), "WARN_ON(" #condition ")"); \
	false; \
})
#define WARN_ON_ONCE(condition) WARN_ON(condition)

#endif
