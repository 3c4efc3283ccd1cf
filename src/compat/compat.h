/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The answers of the probes and the prefix of messages, for every source of the
 * driver. The build includes this header before each source, so it has nothing
 * that takes time to compile.
 *
 * The shims provide the API of the newest kernel on the target kernel. A shim
 * is a header in include/ with the name of the kernel header that it completes.
 * The compiler finds it first, and it includes the kernel's: the driver
 * includes <net/udp_tunnel.h> and gets the API of the newest kernel. All
 * conditions on the kernel are in the shims; the rest of the driver has none. A
 * header that a kernel lacks is in missing/, which is searched after the
 * kernel's headers.
 *
 * A shim replaces a kernel function by a macro with its name, over a function
 * compat_NAME(), so that PROBE_OFF can force the fallback on a kernel that has
 * the function. Headers of the kernel include the shims, too. Such a macro must
 * therefore also work for the calls in those headers. A shim for a header that
 * others include (all of linux/) must include nothing else, because that would
 * change the order of inclusion.
 */
#ifndef WG_COMPAT_H
#define WG_COMPAT_H

#ifndef pr_fmt
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt
#endif

/* The probes are compiled with the same flags before this file exists. */
#if !defined(WG_PROBE) && !defined(__ASSEMBLY__)
#include "generated/config.h"
#endif

#endif /* WG_COMPAT_H */
