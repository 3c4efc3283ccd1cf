/* SPDX-License-Identifier: GPL-2.0 */
/*
 * <linux/random.h>: get_random_u32(), get_random_u32_below(), rng_is_initialized(), and
 * the notifier for a forked virtual machine. On kernels without the notifier, registering
 * has no effect.
 */
#ifndef WG_COMPAT_RANDOM_H
#define WG_COMPAT_RANDOM_H

#include_next <linux/random.h>

#if !HAVE_GET_RANDOM_U32
static inline u32 compat_get_random_u32(void)
{
	u32 random;

	get_random_bytes(&random, sizeof(random));
	return random;
}
#define get_random_u32() compat_get_random_u32()
#endif

/* In compat/random.c. Any context but hard interrupts. */
#if !HAVE_RNG_IS_INITIALIZED
bool compat_rng_is_initialized(void);
#define rng_is_initialized() compat_rng_is_initialized()
#endif

#if !HAVE_GET_RANDOM_U32_BELOW
/* Lemire's multiplication; its bias of at most ceil / 2^32 is harmless here. */
static inline u32 compat_get_random_u32_below(u32 ceil)
{
	return ((u64)get_random_u32() * ceil) >> 32;
}
#define get_random_u32_below(ceil) compat_get_random_u32_below(ceil)
#endif

#if !HAVE_VMFORK_NOTIFIER
struct notifier_block;

static inline int compat_register_random_vmfork_notifier(struct notifier_block *nb)
{
	return 0;
}
#define register_random_vmfork_notifier(nb) compat_register_random_vmfork_notifier(nb)
#define unregister_random_vmfork_notifier(nb) compat_register_random_vmfork_notifier(nb)
#endif

#endif /* WG_COMPAT_RANDOM_H */
