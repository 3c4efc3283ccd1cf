/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the build includes before every source of the driver: the probes'
 * answers and the prefix of messages, nothing that costs an object time.
 *
 * The shims make the target kernel look like the newest one. Each stands in
 * include/ under the name of the kernel header that it completes, is found
 * before it and includes it: the driver includes <net/udp_tunnel.h> and has the
 * newest kernel's. All that is conditional on the kernel is there; the driver
 * proper has no condition. A header that a kernel lacks altogether is found in
 * missing/, after the kernel's.
 *
 * A shim that replaces a kernel function does so by a macro of its name over a
 * function compat_NAME(): that way the fallback can be forced on (PROBE_OFF)
 * where the kernel has the real function. Headers of the kernel find the shims
 * too: such a macro must do for their calls as well, and a shim for a header that
 * others include (all of linux/) includes nothing else, or it breaks their order.
 */
#ifndef WG_COMPAT_H
#define WG_COMPAT_H

#ifndef pr_fmt
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt
#endif

/* Probes are compiled with the driver's own flags, and give these answers. */
#if !defined(WG_PROBE) && !defined(__ASSEMBLY__)
#include "generated/config.h"
#endif

#endif /* WG_COMPAT_H */
