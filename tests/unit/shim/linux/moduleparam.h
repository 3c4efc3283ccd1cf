/* SPDX-License-Identifier: GPL-2.0 */
/* Host stand-in: a parameter has its default, and its functions are called by tests only. */
#ifndef SHIM_LINUX_MODULEPARAM_H
#define SHIM_LINUX_MODULEPARAM_H

#include <stdbool.h>

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

/* Without the C library, which crypto_stack does not link. */
static inline int param_get_charp(char *buffer, const struct kernel_param *kp)
{
	const char *value = *(char **)kp->arg;
	int len = 0;

	for (; value[len]; len++)
		buffer[len] = value[len];
	if (!shim_param_appends_newline)
		buffer[len++] = '\n';
	buffer[len] = 0;
	return len;
}

#define module_param_cb(name, ops, arg, perm) \
	const struct kernel_param shim_param_##name = { (ops), (arg) }
#define MODULE_PARM_DESC(name, text) struct kernel_param

#endif
