/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Makes the target kernel look like the newest one. The build includes this
 * file before every source of the driver; it holds no shim itself, only the
 * list of them. Each shim serves one kernel subsystem and holds all that is
 * conditional on the kernel there; the driver proper has no condition.
 *
 * A shim that replaces a kernel function does so by a macro of its name over a
 * function compat_NAME(), after the kernel's header: that way the fallback can
 * be forced on (PROBE_OFF) where the kernel has the real function.
 */
#ifndef WG_COMPAT_H
#define WG_COMPAT_H

/* Probes are compiled with the driver's own flags, but ask the bare kernel. */
#ifndef WG_PROBE

/* Here because printk.h, included below, fixes the default otherwise. */
#ifndef pr_fmt
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt
#endif

#ifndef __ASSEMBLY__
#include "generated/config.h"
#include "timer.h"
#include "random.h"
#include "workqueue.h"
#include "netdevice.h"
#include "rtnetlink.h"
#include "genetlink.h"
#include "ipv6.h"
#include "udp_tunnel.h"
#endif

#endif /* WG_PROBE */
#endif /* WG_COMPAT_H */
