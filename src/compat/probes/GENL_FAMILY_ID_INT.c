// SPDX-License-Identifier: GPL-2.0
/* Is the id of a genl_family an int? Since 4.10, with families in no list; else not __ro_after_init. */
#include <net/genetlink.h>

char probe_GENL_FAMILY_ID_INT[
	__builtin_types_compatible_p(typeof(((struct genl_family *)0)->id), int) ? 1 : -1];
