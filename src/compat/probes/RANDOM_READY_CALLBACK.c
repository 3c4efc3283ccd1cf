// SPDX-License-Identifier: GPL-2.0
/* Is there add_random_ready_callback()? In 4.4 to 4.19, not in 5.4.273; see RNG_IS_INITIALIZED. */
/* exports: add_random_ready_callback del_random_ready_callback */
#include <linux/random.h>

int probe_RANDOM_READY_CALLBACK(struct random_ready_callback *ready);
int probe_RANDOM_READY_CALLBACK(struct random_ready_callback *ready)
{
	ready->func = NULL;
	ready->owner = NULL;
	del_random_ready_callback(ready);
	return add_random_ready_callback(ready);
}
