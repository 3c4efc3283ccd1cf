/* SPDX-License-Identifier: GPL-2.0 */
/* Host stand-in: assertions at compile time. */
#ifndef SHIM_LINUX_BUILD_BUG_H
#define SHIM_LINUX_BUILD_BUG_H

#include <assert.h>

/* For clang's front end a constant variable is no constant. The kernel relies on the optimiser. */
#ifdef __clang__
#define BUILD_BUG_ON(condition) do { if (condition) __builtin_trap(); } while (0)
#else
#define BUILD_BUG_ON(condition) _Static_assert(!(condition), #condition)
#endif

#endif
