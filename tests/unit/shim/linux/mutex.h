/* SPDX-License-Identifier: GPL-2.0 */
/* Host stand-in: mutexes between threads. Locking one twice ends the test. */
#ifndef SHIM_LINUX_MUTEX_H
#define SHIM_LINUX_MUTEX_H

#include <pthread.h>
#include <linux/bug.h>
#include <linux/lockdep.h>

struct mutex {
	pthread_mutex_t mutex;
	struct shim_lock_owner owner;
};

#define DEFINE_MUTEX(name) struct mutex name = { \
	.mutex = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP, \
}

static inline void mutex_init(struct mutex *lock)
{
	*lock = (struct mutex){
		.mutex = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP,
	};
}

static inline void mutex_lock(struct mutex *lock)
{
	SHIM_CHECK(!pthread_mutex_lock(&lock->mutex), "mutex taken twice");
	shim_lock_taken(&lock->owner);
}

static inline void mutex_unlock(struct mutex *lock)
{
	shim_lock_dropped(&lock->owner);
	SHIM_CHECK(!pthread_mutex_unlock(&lock->mutex), "mutex not held");
}

#endif
