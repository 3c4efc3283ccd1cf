/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Included by -include in all sources of constant_time.c. The result of wg_memneq(), one bit, is
 * public: the module branches on it. From there on memcheck takes it for defined. What wg_memneq()
 * itself does with the bytes is still checked.
 */
#ifndef CONSTANT_TIME_H
#define CONSTANT_TIME_H

#include <valgrind/memcheck.h>

#define wg_memneq wg_memneq_checked
#include "memneq.h"
#undef wg_memneq

static inline bool wg_memneq(const void *a, const void *b, size_t len)
{
	bool differ = wg_memneq_checked(a, b, len);

	VALGRIND_MAKE_MEM_DEFINED(&differ, sizeof(differ));
	return differ;
}

#endif
