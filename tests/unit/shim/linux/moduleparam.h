/* SPDX-License-Identifier: GPL-2.0 */
/* Host stand-in: a parameter has its default, and its functions are called by tests only. */
#ifndef SHIM_LINUX_MODULEPARAM_H
#define SHIM_LINUX_MODULEPARAM_H

#include <linux/compiler.h>

struct kernel_param;

struct kernel_param_ops {
	int (*set)(const char *value, const struct kernel_param *kp);
	int (*get)(char *buffer, const struct kernel_param *kp);
};

#define module_param_cb(name, ops, arg, perm) \
	static __maybe_unused const struct kernel_param_ops *shim_param_##name = (ops)
#define MODULE_PARM_DESC(name, text) struct kernel_param

#endif
