/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Replaces the kernel's allocators by malloc() and free(), which static analysers model.
 * With these macros the analysers find leaks, double frees and uses after free. They
 * include this file before a source. The resulting objects are never used.
 */
#ifndef WG_LINT_ALLOCATORS_H
#define WG_LINT_ALLOCATORS_H

#include <linux/slab.h>
#include <linux/mm.h>

void *malloc(size_t size);
void *calloc(size_t count, size_t size);
void free(void *memory);

#undef kmalloc
#undef kzalloc
#undef kcalloc
#undef kvcalloc
#undef kfree
#undef kvfree
#undef kfree_sensitive
#undef kmem_cache_alloc
#undef kmem_cache_zalloc
#undef kmem_cache_free
#define kmalloc(size, flags)		malloc(size)
#define kzalloc(size, flags)		calloc(1, size)
#define kcalloc(count, size, flags)	calloc(count, size)
#define kvcalloc(count, size, flags)	calloc(count, size)
#define kfree(memory)			free((void *)(memory))
#define kvfree(memory)			free((void *)(memory))
#define kfree_sensitive(memory)		free((void *)(memory))
#define kmem_cache_alloc(cache, flags)	malloc(kmem_cache_size(cache))
#define kmem_cache_zalloc(cache, flags)	calloc(1, kmem_cache_size(cache))
#define kmem_cache_free(cache, memory)	free((void *)(memory))

#endif
