// SPDX-License-Identifier: GPL-2.0
/* Is there get_random_bytes_wait()? Since 4.13; see RANDOM_READY_CALLBACK. */
/* exports: wait_for_random_bytes */
#include <linux/random.h>

int probe_GET_RANDOM_BYTES_WAIT(void *buf);
int probe_GET_RANDOM_BYTES_WAIT(void *buf)
{
	return get_random_bytes_wait(buf, 1);
}
