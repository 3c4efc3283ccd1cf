// SPDX-License-Identifier: GPL-2.0
/* Can a NAPI be excluded from busy polling? Since 4.5; in 4.4 busy polling needs the driver's support. */
#include <linux/netdevice.h>

int probe_NAPI_NO_BUSY_POLL = NAPI_STATE_NO_BUSY_POLL;
