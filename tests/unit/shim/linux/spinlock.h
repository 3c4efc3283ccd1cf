/* SPDX-License-Identifier: GPL-2.0 */
/* Host stand-in: spinlocks between threads. Locking one twice ends the test. */
#ifndef SHIM_LINUX_SPINLOCK_H
#define SHIM_LINUX_SPINLOCK_H

#include <pthread.h>
#include <linux/bug.h>
#include <linux/lockdep.h>
#include <linux/types.h>

typedef struct spinlock {
	pthread_mutex_t mutex;
	struct shim_lock_owner owner;
} spinlock_t;

/* Only as part of an object that is replaced as a whole. */
typedef struct {
	char unused;
} rwlock_t;

#define DEFINE_SPINLOCK(name) spinlock_t name = { \
	.mutex = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP, \
}

static inline void spin_lock_init(spinlock_t *lock)
{
	*lock = (spinlock_t){
		.mutex = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP,
	};
}

/* Called once, before the next lock is taken: the action of another CPU just before. */
SHIM_SHARED void (*shim_before_spin_lock)(void);

static inline void spin_lock(spinlock_t *lock)
{
	void (*before)(void) = shim_before_spin_lock;

	if (before) {
		shim_before_spin_lock = NULL;
		before();
	}
	SHIM_CHECK(!pthread_mutex_lock(&lock->mutex), "spinlock taken twice");
	shim_lock_taken(&lock->owner);
}

static inline void spin_unlock(spinlock_t *lock)
{
	shim_lock_dropped(&lock->owner);
	SHIM_CHECK(!pthread_mutex_unlock(&lock->mutex), "spinlock not held");
}

#define spin_lock_bh(lock) spin_lock(lock)
#define spin_unlock_bh(lock) spin_unlock(lock)
#define spin_lock_irqsave(lock, flags) do { (flags) = 0; spin_lock(lock); } while (0)
#define spin_unlock_irqrestore(lock, flags) do { (void)(flags); spin_unlock(lock); } while (0)

#endif
