// SPDX-License-Identifier: GPL-2.0
/*
 * rng_is_initialized() for kernels without it. Empty on other kernels.
 */
#include <linux/module.h>
#include <linux/random.h>

#if !HAVE_RNG_IS_INITIALIZED
/*
 * Called under the lock of the callback list. del_random_ready_callback() takes the same
 * lock, so the callback on the stack is valid during this call.
 */
static void compat_on_seeded(struct random_ready_callback *callback)
{
}

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
	/* -EALREADY: the generator is seeded. */
	ret = add_random_ready_callback(&callback);
	if (!ret)
		del_random_ready_callback(&callback);
	if (ret != -EALREADY)
		return false;
	WRITE_ONCE(seeded, true);
	return true;
}
#endif
