/* SPDX-License-Identifier: GPL-2.0 */
/* Host stand-in: atomic counters. */
#ifndef SHIM_LINUX_ATOMIC_H
#define SHIM_LINUX_ATOMIC_H

#include <linux/types.h>

#define ATOMIC_INIT(n) { (n) }
#define ATOMIC64_INIT(n) { (n) }

#define atomic_read(v) READ_ONCE((v)->counter)
#define atomic_set(v, n) WRITE_ONCE((v)->counter, n)
#define atomic_inc(v) ((void)atomic_add_return(1, v))
#define atomic_dec(v) ((void)atomic_sub_return(1, v))
#define atomic_add_return(n, v) \
	__atomic_add_fetch(&(v)->counter, n, __ATOMIC_SEQ_CST)
#define atomic_sub_return(n, v) \
	__atomic_sub_fetch(&(v)->counter, n, __ATOMIC_SEQ_CST)
#define atomic_inc_return(v) atomic_add_return(1, v)
#define atomic_dec_and_test(v) (!atomic_sub_return(1, v))

#define atomic64_read(v) READ_ONCE((v)->counter)
#define atomic64_set(v, n) WRITE_ONCE((v)->counter, n)
#define atomic64_inc(v) ((void)atomic64_add_return(1, v))
#define atomic64_add_return(n, v) \
	__atomic_add_fetch(&(v)->counter, n, __ATOMIC_SEQ_CST)
#define atomic64_inc_return(v) atomic64_add_return(1, v)

#define atomic_sub(n, v) ((void)atomic_sub_return(n, v))
#define atomic64_add(n, v) ((void)atomic64_add_return(n, v))

#define smp_store_release(p, v) __atomic_store_n(p, v, __ATOMIC_RELEASE)
#define smp_load_acquire(p) __atomic_load_n(p, __ATOMIC_ACQUIRE)
#define smp_mb() __atomic_thread_fence(__ATOMIC_SEQ_CST)
#define smp_mb__after_atomic() smp_mb()
#define smp_wmb() __atomic_thread_fence(__ATOMIC_RELEASE)
#define smp_rmb() __atomic_thread_fence(__ATOMIC_ACQUIRE)
#define xchg(p, v) __atomic_exchange_n(p, v, __ATOMIC_SEQ_CST)
#define cmpxchg(p, old, new) ({ \
	__typeof__(*(p)) old_ = (old); \
	__atomic_compare_exchange_n(p, &old_, new, false, __ATOMIC_SEQ_CST, \
				    __ATOMIC_SEQ_CST); \
	old_; \
})

#endif
