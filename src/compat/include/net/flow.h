/* SPDX-License-Identifier: GPL-2.0 */
/*
 * <net/flow.h>: the argument of security_sk_classify_flow().
 */
#ifndef WG_COMPAT_FLOW_H
#define WG_COMPAT_FLOW_H

/* 4.4 uses BUILD_BUG_ON() there without its header. */
#include <linux/bug.h>
#include_next <net/flow.h>

#if !HAVE_FLOWI_COMMON
#define flowi4_to_flowi_common(fl4) flowi4_to_flowi(fl4)
#define flowi6_to_flowi_common(fl6) flowi6_to_flowi(fl6)
#endif

#endif /* WG_COMPAT_FLOW_H */
