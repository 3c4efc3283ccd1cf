/* SPDX-License-Identifier: GPL-2.0 */
/* Host stand-in: allocation from the host's heap. A test can make it fail. */
#ifndef SHIM_LINUX_SLAB_H
#define SHIM_LINUX_SLAB_H

#include <stdlib.h>
#include <string.h>
#include <linux/bug.h>
#include <linux/types.h>

#define GFP_KERNEL 0u
#define GFP_ATOMIC 0u
#define __GFP_NOWARN 0u

/* How many more allocations succeed. Negative: all of them. */
SHIM_SHARED long shim_allocations_left = -1;
/* The number of objects that are allocated and not freed. */
SHIM_SHARED long shim_allocations_live;

static inline void *kmalloc(size_t size, gfp_t flags)
{
	(void)flags;
	if (!shim_allocations_left)
		return NULL;
	if (shim_allocations_left > 0)
		shim_allocations_left--;
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

struct kmem_cache {
	size_t size;
	long live;
};

static inline struct kmem_cache *
kmem_cache_create(const char *name, size_t size, size_t align, unsigned int flags,
		  void (*ctor)(void *object))
{
	struct kmem_cache *cache = kzalloc(sizeof(*cache), GFP_KERNEL);

	(void)name;
	(void)align;
	(void)flags;
	(void)ctor;
	if (cache)
		cache->size = size;
	return cache;
}

static inline void *kmem_cache_zalloc(struct kmem_cache *cache, gfp_t flags)
{
	void *object = kzalloc(cache->size, flags);

	if (object)
		__atomic_add_fetch(&cache->live, 1, __ATOMIC_RELAXED);
	return object;
}

/* If shim_cache_wiped is set, checks that the object has been wiped. */
SHIM_SHARED bool shim_cache_wiped;

static inline void kmem_cache_free(struct kmem_cache *cache, void *object)
{
	const char *bytes = object;
	size_t i;

	for (i = 0; shim_cache_wiped && i < cache->size; i++)
		SHIM_CHECK(!bytes[i], "object freed with content");
	__atomic_sub_fetch(&cache->live, 1, __ATOMIC_RELAXED);
	kfree(object);
}

static inline void kmem_cache_destroy(struct kmem_cache *cache)
{
	SHIM_CHECK(!cache || !cache->live, "slab cache destroyed with objects in it");
	kfree(cache);
}

#endif
