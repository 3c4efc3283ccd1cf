/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Host stand-in: RCU with threads. Readers share a lock, and a grace period is a moment in which
 * a writer holds it alone. It happens only in rcu_barrier() or synchronize_rcu(), which a test
 * calls. So the address sanitizer detects an object that is freed too early, and an object that
 * is never freed is a leak.
 */
#ifndef SHIM_LINUX_RCUPDATE_H
#define SHIM_LINUX_RCUPDATE_H

#include <pthread.h>
#include <linux/atomic.h>
#include <linux/bug.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/types.h>

#define SHIM_RCU_OFFSET_MAX 4096

/* Writers first, since readers without a pause would delay a grace period for ever. */
SHIM_SHARED pthread_rwlock_t shim_rcu_lock =
	PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP;
SHIM_SHARED pthread_mutex_t shim_rcu_list_lock = PTHREAD_MUTEX_INITIALIZER;
SHIM_SHARED struct rcu_head *shim_rcu_list;
SHIM_SHARED __thread int shim_rcu_nesting;
/* Pointers that this thread has followed as a writer: the cost of a change. */
SHIM_SHARED __thread unsigned long shim_rcu_writer_steps;

static inline void rcu_read_lock(void)
{
	if (!shim_rcu_nesting++)
		pthread_rwlock_rdlock(&shim_rcu_lock);
}

static inline void rcu_read_unlock(void)
{
	SHIM_CHECK(shim_rcu_nesting > 0, "rcu_read_unlock() without lock");
	if (!--shim_rcu_nesting)
		pthread_rwlock_unlock(&shim_rcu_lock);
}

static inline int rcu_read_lock_held(void)
{
	return shim_rcu_nesting > 0;
}

static inline void synchronize_rcu(void)
{
	struct rcu_head *head, *next;

	SHIM_CHECK(!shim_rcu_nesting, "grace period awaited by a reader");
	pthread_mutex_lock(&shim_rcu_list_lock);
	head = shim_rcu_list;
	shim_rcu_list = NULL;
	pthread_mutex_unlock(&shim_rcu_list_lock);

	pthread_rwlock_wrlock(&shim_rcu_lock);
	pthread_rwlock_unlock(&shim_rcu_lock);
	for (; head; head = next) {
		next = head->next;
		if ((size_t)head->func < SHIM_RCU_OFFSET_MAX)
			kfree((char *)head - (size_t)head->func);
		else
			head->func(head);
	}
}

static inline void rcu_barrier(void)
{
	synchronize_rcu();
}

static inline void call_rcu(struct rcu_head *head,
			    void (*func)(struct rcu_head *head))
{
	head->func = func;
	pthread_mutex_lock(&shim_rcu_list_lock);
	head->next = shim_rcu_list;
	shim_rcu_list = head;
	pthread_mutex_unlock(&shim_rcu_list_lock);
}

/* As in the kernel, a small number in place of a function gives the offset of the object. */
#define kfree_rcu(ptr, member) \
	call_rcu(&(ptr)->member, (void (*)(struct rcu_head *)) \
		 offsetof(__typeof__(*(ptr)), member))

#define rcu_dereference_check(p, c) ({ \
	SHIM_CHECK((c) || rcu_read_lock_held(), \
		   "rcu_dereference() outside of rcu_read_lock()"); \
	__atomic_load_n(&(p), __ATOMIC_ACQUIRE); \
})
#define rcu_dereference(p) rcu_dereference_check(p, false)
#define rcu_dereference_protected(p, c) ({ \
	SHIM_CHECK(c, "rcu_dereference_protected() without " #c); \
	shim_rcu_writer_steps++; \
	__atomic_load_n(&(p), __ATOMIC_RELAXED); \
})
#define rcu_access_pointer(p) __atomic_load_n(&(p), __ATOMIC_RELAXED)
#define rcu_assign_pointer(p, v) __atomic_store_n(&(p), v, __ATOMIC_RELEASE)
#define RCU_INIT_POINTER(p, v) __atomic_store_n(&(p), v, __ATOMIC_RELAXED)

#endif
