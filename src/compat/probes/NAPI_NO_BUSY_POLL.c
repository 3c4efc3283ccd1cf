// SPDX-License-Identifier: GPL-2.0
/* Can busy polling be kept from a NAPI? Since 4.5; in 4.4 a NAPI is polled only where its driver asks for it. */
#include <linux/netdevice.h>

int probe_NAPI_NO_BUSY_POLL = NAPI_STATE_NO_BUSY_POLL;
