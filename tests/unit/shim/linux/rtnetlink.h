/* SPDX-License-Identifier: GPL-2.0 */
/* Host stand-in: the lock of all network configuration. */
#ifndef SHIM_LINUX_RTNETLINK_H
#define SHIM_LINUX_RTNETLINK_H

#include_next <linux/rtnetlink.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>

#define SHIM_RTNL_INIT { .mutex = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP }
SHIM_SHARED struct mutex shim_rtnl = SHIM_RTNL_INIT;

#define rtnl_lock() mutex_lock(&shim_rtnl)
#define rtnl_unlock() mutex_unlock(&shim_rtnl)
#define ASSERT_RTNL() lockdep_assert_held(&shim_rtnl)
#define rtnl_dereference(p) rcu_dereference_protected(p, lockdep_is_held(&shim_rtnl))

#endif
