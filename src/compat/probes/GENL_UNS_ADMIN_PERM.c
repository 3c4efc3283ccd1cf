// SPDX-License-Identifier: GPL-2.0
/* Can genetlink require CAP_NET_ADMIN in the namespace? Since 4.6; else compat_genl_check() does. */
#include <net/genetlink.h>

int probe_GENL_UNS_ADMIN_PERM = GENL_UNS_ADMIN_PERM;
