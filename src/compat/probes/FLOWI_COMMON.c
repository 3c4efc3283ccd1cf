// SPDX-License-Identifier: GPL-2.0
/* Is there flowi4_to_flowi_common()? In 5.10, not in 5.4; else flowi4_to_flowi(). */
#include <net/flow.h>

struct flowi_common *probe_FLOWI_COMMON(struct flowi4 *fl4, struct flowi6 *fl6);
struct flowi_common *probe_FLOWI_COMMON(struct flowi4 *fl4, struct flowi6 *fl6)
{
	return fl4 ? flowi4_to_flowi_common(fl4) : flowi6_to_flowi_common(fl6);
}
