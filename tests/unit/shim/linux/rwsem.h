/* SPDX-License-Identifier: GPL-2.0 */
/* Host stand-in: a lock that readers share, for one thread. Waiting for it would never end. */
#ifndef SHIM_LINUX_RWSEM_H
#define SHIM_LINUX_RWSEM_H

#include <linux/bug.h>

struct rw_semaphore {
	/* Readers, or -1 for a writer. */
	int holders;
};

static inline void init_rwsem(struct rw_semaphore *sem)
{
	sem->holders = 0;
}

static inline void down_read(struct rw_semaphore *sem)
{
	SHIM_CHECK(sem->holders >= 0, "semaphore read by its writer");
	sem->holders++;
}

static inline void up_read(struct rw_semaphore *sem)
{
	SHIM_CHECK(sem->holders > 0, "semaphore not held for reading");
	sem->holders--;
}

static inline void down_write(struct rw_semaphore *sem)
{
	SHIM_CHECK(!sem->holders, "semaphore taken twice");
	sem->holders = -1;
}

static inline void up_write(struct rw_semaphore *sem)
{
	SHIM_CHECK(sem->holders == -1, "semaphore not held for writing");
	sem->holders = 0;
}

#endif
