/* SPDX-License-Identifier: GPL-2.0 */
/*
 * <linux/cache.h>: __ro_after_init, for data that is constant after init.
 */
#ifndef WG_COMPAT_CACHE_H
#define WG_COMPAT_CACHE_H

#include_next <linux/cache.h>

/* Since 4.6. */
#ifndef __ro_after_init
#define __ro_after_init
#endif

#endif /* WG_COMPAT_CACHE_H */
