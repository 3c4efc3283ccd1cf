// SPDX-License-Identifier: GPL-2.0
/*
 * Whether the random number generator has been seeded, for kernels that have no
 * function for it. Nothing at all on other kernels.
 */
#include <linux/module.h>
#include <linux/random.h>

#if !HAVE_RNG_IS_INITIALIZED
/* Under the lock of the generator's list, of which compat_rng_is_initialized() waits. */
static void compat_on_seeded(struct random_ready_callback *callback)
{
}

/* compat_rng_is_initialized - as rng_is_initialized(); any context but hard interrupts */
bool compat_rng_is_initialized(void)
{
	static bool seeded;
	struct random_ready_callback callback = {
		.func = compat_on_seeded,
		.owner = THIS_MODULE,
	};
	int ret;

	if (likely(READ_ONCE(seeded)))
		return true;
	/* It refuses to call back once the generator is seeded, and that is all that is asked. */
	ret = add_random_ready_callback(&callback);
	if (!ret)
		del_random_ready_callback(&callback);
	if (ret != -EALREADY)
		return false;
	WRITE_ONCE(seeded, true);
	return true;
}
#endif
