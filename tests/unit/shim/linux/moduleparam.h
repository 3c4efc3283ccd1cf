/* SPDX-License-Identifier: GPL-2.0 */
/* Host stand-in: a parameter has its default, and its functions are called by tests only. */
#ifndef SHIM_LINUX_MODULEPARAM_H
#define SHIM_LINUX_MODULEPARAM_H

#include <stdbool.h>
#include <stdio.h>

#include <linux/compiler.h>

struct kernel_param_ops;

struct kernel_param {
	const struct kernel_param_ops *ops;
	void *arg;
};

struct kernel_param_ops {
	int (*set)(const char *value, const struct kernel_param *kp);
	int (*get)(char *buffer, const struct kernel_param *kp);
};

/* Kernels before 4.15 append the newline to what a getter returns. Later ones do not. */
__attribute__((weak)) bool shim_param_appends_newline;

static inline int param_get_charp(char *buffer, const struct kernel_param *kp)
{
	return sprintf(buffer, shim_param_appends_newline ? "%s" : "%s\n", *(char **)kp->arg);
}

#define module_param_cb(name, ops, arg, perm) \
	const struct kernel_param shim_param_##name = { (ops), (arg) }
#define MODULE_PARM_DESC(name, text) struct kernel_param

#endif
