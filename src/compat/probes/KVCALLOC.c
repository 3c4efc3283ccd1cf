// SPDX-License-Identifier: GPL-2.0
/* Is there kvcalloc()? Since 4.18; else a shim. */
#include <linux/mm.h>
#include <linux/slab.h>

void *probe_KVCALLOC(size_t n);
void *probe_KVCALLOC(size_t n)
{
	return kvcalloc(n, 1, GFP_KERNEL);
}
