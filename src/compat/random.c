// SPDX-License-Identifier: GPL-2.0
/*
 * Random bytes for keys, not before the generator has been seeded, for kernels that
 * have no function for it. Nothing at all on other kernels.
 */
#include <linux/completion.h>
#include <linux/module.h>
#include <linux/random.h>

#if !HAVE_GET_RANDOM_BYTES_WAIT
struct compat_seeded {
	struct random_ready_callback callback;
	struct completion done;
};

static void compat_on_seeded(struct random_ready_callback *callback)
{
	complete(&container_of(callback, struct compat_seeded, callback)->done);
}

/* compat_get_random_bytes_wait - 0, or -ERESTARTSYS for a signal; then the bytes are weak */
int compat_get_random_bytes_wait(void *buf, size_t len)
{
	struct compat_seeded seeded = {
		.callback = { .func = compat_on_seeded, .owner = THIS_MODULE },
	};
	int ret;

	init_completion(&seeded.done);
	/* -EALREADY: it is seeded, which after boot is the rule. */
	ret = add_random_ready_callback(&seeded.callback);
	if (!ret) {
		ret = wait_for_completion_interruptible(&seeded.done);
		del_random_ready_callback(&seeded.callback);
	} else if (ret == -EALREADY) {
		ret = 0;
	}
	get_random_bytes(buf, len);
	return ret;
}
#endif
