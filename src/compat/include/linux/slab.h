/* SPDX-License-Identifier: GPL-2.0 */
/*
 * <linux/slab.h>: kvcalloc().
 */
#ifndef WG_COMPAT_SLAB_H
#define WG_COMPAT_SLAB_H

#include_next <linux/slab.h>

/* Ignores @flags and uses GFP_KERNEL. Process context. */
#if !HAVE_KVCALLOC
#include <linux/vmalloc.h>

static inline void *compat_kvcalloc(size_t n, size_t size, gfp_t flags)
{
	void *memory;

	if (size && n > SIZE_MAX / size)
		return NULL;
	memory = kzalloc(n * size, GFP_KERNEL | __GFP_NOWARN | __GFP_NORETRY);
	return memory ? memory : vzalloc(n * size);
}
/* A macro from 6.10 on. */
#undef kvcalloc
#define kvcalloc(n, size, flags) compat_kvcalloc(n, size, flags)
#endif

#endif /* WG_COMPAT_SLAB_H */
