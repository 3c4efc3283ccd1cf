/* SPDX-License-Identifier: GPL-2.0 */
/* Host stand-in: reference counts; misuse ends the test. */
#ifndef SHIM_LINUX_KREF_H
#define SHIM_LINUX_KREF_H

#include <linux/atomic.h>
#include <linux/bug.h>

struct kref {
	atomic_t count;
};

static inline void kref_init(struct kref *kref)
{
	atomic_set(&kref->count, 1);
}

static inline unsigned int kref_read(const struct kref *kref)
{
	return atomic_read(&kref->count);
}

static inline void kref_get(struct kref *kref)
{
	SHIM_CHECK(atomic_inc_return(&kref->count) > 1, "reference to the dead");
}

static inline int kref_get_unless_zero(struct kref *kref)
{
	int old = atomic_read(&kref->count);

	while (old && !__atomic_compare_exchange_n(&kref->count.counter, &old,
						   old + 1, false,
						   __ATOMIC_SEQ_CST,
						   __ATOMIC_SEQ_CST))
		;
	return old;
}

static inline int kref_put(struct kref *kref, void (*release)(struct kref *kref))
{
	int left = atomic_sub_return(1, &kref->count);

	SHIM_CHECK(left >= 0, "reference dropped twice");
	if (left)
		return 0;
	release(kref);
	return 1;
}

#endif
