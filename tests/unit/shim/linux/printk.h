/* SPDX-License-Identifier: GPL-2.0 */
/* Host stand-in: messages go to standard error, debug lines nowhere. */
#ifndef SHIM_LINUX_PRINTK_H
#define SHIM_LINUX_PRINTK_H

#include <stdio.h>

#define pr_err(...) fprintf(stderr, __VA_ARGS__)
#define pr_warn(...) fprintf(stderr, __VA_ARGS__)
#define pr_info(...) fprintf(stderr, __VA_ARGS__)
#define pr_debug(...) do { if (0) fprintf(stderr, __VA_ARGS__); } while (0)

#define net_dbg_ratelimited(...) pr_debug(__VA_ARGS__)

#endif
