/* SPDX-License-Identifier: GPL-2.0 */
/* Host stand-in: sequence locks. Readers never block, and never take the lock of writers. */
#ifndef SHIM_LINUX_SEQLOCK_H
#define SHIM_LINUX_SEQLOCK_H

#include <linux/spinlock.h>

typedef struct {
	unsigned int sequence;
	spinlock_t lock;
} seqlock_t;

static inline void seqlock_init(seqlock_t *sl)
{
	sl->sequence = 0;
	spin_lock_init(&sl->lock);
}

/* Called once, after a reader has begun: the action of a concurrent writer. */
SHIM_SHARED void (*shim_in_read_seq)(void);

static inline unsigned int read_seqbegin(seqlock_t *sl)
{
	unsigned int sequence = __atomic_load_n(&sl->sequence, __ATOMIC_ACQUIRE);
	void (*meanwhile)(void) = shim_in_read_seq;

	SHIM_CHECK(!(sequence & 1), "read within a write of the same thread");
	if (meanwhile) {
		shim_in_read_seq = NULL;
		meanwhile();
	}
	return sequence;
}

static inline unsigned int read_seqretry(seqlock_t *sl, unsigned int sequence)
{
	return __atomic_load_n(&sl->sequence, __ATOMIC_ACQUIRE) != sequence;
}

static inline void write_seqlock_bh(seqlock_t *sl)
{
	spin_lock(&sl->lock);
	__atomic_fetch_add(&sl->sequence, 1, __ATOMIC_ACQ_REL);
}

static inline void write_sequnlock_bh(seqlock_t *sl)
{
	__atomic_fetch_add(&sl->sequence, 1, __ATOMIC_ACQ_REL);
	spin_unlock(&sl->lock);
}

#endif
