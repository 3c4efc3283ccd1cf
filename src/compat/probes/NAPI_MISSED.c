// SPDX-License-Identifier: GPL-2.0
/* Does NAPI remember that it was scheduled while it polled? Since 4.10; else the poller looks again. */
#include <linux/netdevice.h>

int probe_NAPI_MISSED = NAPI_STATE_MISSED;
