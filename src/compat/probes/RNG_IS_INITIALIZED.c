// SPDX-License-Identifier: GPL-2.0
/* Is there rng_is_initialized()? In 4.19, not in 4.14.67; see RANDOM_READY_CALLBACK. */
/* exports: rng_is_initialized */
#include <linux/random.h>

bool probe_RNG_IS_INITIALIZED(void);
bool probe_RNG_IS_INITIALIZED(void)
{
	return rng_is_initialized();
}
