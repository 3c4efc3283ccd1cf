// SPDX-License-Identifier: GPL-2.0
/*
 * A bug for each tool of lint.sh. lint.sh --planted compiles this file into a copy of
 * the driver. A comment names the expected findings of its line: "lint:", the tool, and
 * a text that the finding contains. Semicolons separate findings.
 */
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "peer.h" /* lint: layers peer.h is of a layer above */
#include "planted.h"

/* Not static, and no prototype. */
int wg_planted_global(void) /* lint: compiler no previous prototype; clang missing-prototypes */
{
	return 0;
}

/* Not static, and not declared in a header. */
int wg_planted_shared; /* lint: sparse was not declared. Should it be static */

int wg_planted_value(struct wg_planted *planted)
{
	if (!planted)
		pr_info("none\n");
	return planted->value; /* lint: clang-analyzer NullDereference */
}

u32 wg_planted_wire(const struct wg_planted *planted)
{
	return planted->wire; /* lint: sparse incorrect type in return expression */
}

bool wg_planted_next(const struct wg_planted *planted)
{
	return planted->next->value; /* lint: sparse dereference of noderef expression */
}

int wg_planted_locked(struct wg_planted *planted, int value) /* lint: sparse context imbalance */
{
	spin_lock(&planted->lock);
	if (value < 0)
		return -EINVAL; /* lint: coccinelle preceding lock on line */
	planted->value = value;
	spin_unlock(&planted->lock);
	return 0;
}

void wg_planted_clear(struct wg_planted *planted)
{
	memset(planted, sizeof(*planted), 0); /* lint: clang memset-transposed-args */
	kmemdup(planted, sizeof(planted), GFP_KERNEL); /* lint: coccinelle sizeof to pointer */
}

int wg_planted_uninitialised(int which)
{
	int value;

	if (which) /* lint: clang sometimes-uninitialized */
		value = which;
	return value; /* lint: compiler may be used uninitialized; clang-analyzer UndefReturn */
}

int wg_planted_leak(size_t len)
{
	u8 *first = kmalloc(len, GFP_KERNEL), *second;

	if (!first)
		return -ENOMEM;
	second = kzalloc(len, GFP_KERNEL);
	if (!second) /* lint: gcc-analyzer leak of */
		return -ENOMEM; /* lint: clang-analyzer Potential leak */
	memcpy(second, first, len);
	kfree(second);
	kfree(first);
	return 0;
}

int wg_planted_freed(void)
{
	struct wg_planted *planted = kzalloc(sizeof(*planted), GFP_KERNEL);

	if (!planted)
		return -ENOMEM;
	kfree(planted);
	return planted->value; /* lint: gcc-analyzer use after; clang-analyzer after it is freed; coccinelle preceded by free; columns more than 100 */
}

bool wg_planted_below(u32 value)
{
	u32 rest = value - 4;

	return rest < 0; /* lint: compiler always false; coccinelle compared with zero */
}

int wg_planted_count(size_t count)
{
	int sum = 0;

	for (u8 i = 0; i < count; i++) /* lint: clang-tidy too-small-loop-variable */
		sum += i;
	return sum;
}

int wg_planted_index(int index)
{
#if HAVE_TIMER_DELETE /* lint: no-kernel-conditionals HAVE_TIMER_DELETE */
	index++;
#endif
	if (index > 3) /* lint: compiler identical branches; clang-tidy branch-clone */
		index = 1;
	else
		index = 1;
        return index; /* lint: checkpatch CODE_INDENT */
}

size_t wg_planted_newer(size_t n)
{
	return array_size(n, 2); /* lint: kernel-names array_size() is not in */
}
