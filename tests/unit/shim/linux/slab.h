/* SPDX-License-Identifier: GPL-2.0 */
/* Host stand-in: allocation from the host's heap, which can be made to fail. */
#ifndef SHIM_LINUX_SLAB_H
#define SHIM_LINUX_SLAB_H

#include <stdlib.h>
#include <string.h>
#include <linux/types.h>

#define GFP_KERNEL 0u
#define GFP_ATOMIC 0u

/* How many more allocations succeed; negative: all of them. */
SHIM_SHARED long shim_allocations_left = -1;
/* How many are allocated and not freed. */
SHIM_SHARED long shim_allocations_live;

static inline void *kmalloc(size_t size, gfp_t flags)
{
	(void)flags;
	if (!shim_allocations_left)
		return NULL;
	if (shim_allocations_left > 0)
		--shim_allocations_left;
	__atomic_add_fetch(&shim_allocations_live, 1, __ATOMIC_RELAXED);
	return malloc(size);
}

static inline void *kzalloc(size_t size, gfp_t flags)
{
	void *p = kmalloc(size, flags);

	return p ? memset(p, 0, size) : NULL;
}

static inline void kfree(const void *p)
{
	if (p)
		__atomic_sub_fetch(&shim_allocations_live, 1, __ATOMIC_RELAXED);
	free((void *)p);
}

#define kfree_sensitive(p) kfree(p)

#endif
