// SPDX-License-Identifier: GPL-2.0
/* Is a family constant once it is registered? Since 4.10 (id is an int); else not __ro_after_init. */
#include <net/genetlink.h>

char probe_GENL_FAMILY_ID_INT[
	__builtin_types_compatible_p(typeof(((struct genl_family *)0)->id), int) ? 1 : -1];

/* Unregistering writes nothing to the family. */
char probe_GENL_FAMILY_ID_INT_const[
	__builtin_types_compatible_p(typeof(genl_unregister_family),
				     int(const struct genl_family *)) ? 1 : -1];
