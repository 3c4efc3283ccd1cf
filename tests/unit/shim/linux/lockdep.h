/* SPDX-License-Identifier: GPL-2.0 */
/* Host stand-in: the holders of locks, so that assertions about them are real. */
#ifndef SHIM_LINUX_LOCKDEP_H
#define SHIM_LINUX_LOCKDEP_H

#include <linux/bug.h>
#include <linux/types.h>

/* The address of this identifies a thread. NULL stands for no thread. */
SHIM_SHARED __thread char shim_lock_self;

struct shim_lock_owner {
	const char *thread;
};

static inline void shim_lock_taken(struct shim_lock_owner *owner)
{
	WRITE_ONCE(owner->thread, &shim_lock_self);
}

static inline void shim_lock_dropped(struct shim_lock_owner *owner)
{
	WRITE_ONCE(owner->thread, NULL);
}

#define lockdep_is_held(lock) \
	(READ_ONCE((lock)->owner.thread) == &shim_lock_self)
#define lockdep_assert_held(lock) \
	SHIM_CHECK(lockdep_is_held(lock), "lock not held: " #lock)

#endif
