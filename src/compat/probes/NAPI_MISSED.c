// SPDX-License-Identifier: GPL-2.0
/* Does NAPI store a schedule during a poll? Since 4.10; else the poll function checks for work again. */
/* exports: napi_schedule_prep */
#include <linux/netdevice.h>

int probe_NAPI_MISSED = NAPI_STATE_MISSED;
