// SPDX-License-Identifier: GPL-2.0
/*
 * The self-test at load, in a build with all vector sets: it passes, and selects the fastest set
 * of this CPU. A set with a fault would not be selected, which planted bugs show.
 */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "crypto.h"
#include "vector.h"

static void test_best_set(void **state)
{
	enum wg_vector_set best = WG_VECTOR_SETS - 1;
	char name[64] = "vendored";

	(void)state;
	while (best > WG_VECTOR_NONE && !wg_vector_usable(best))
		best--;
	if (best > WG_VECTOR_NONE)
		snprintf(name, sizeof(name), "vendored, %s", wg_vector_name(best));
	else
		print_message("selftest: this CPU has no vector set\n");
	assert_int_equal(wg_crypto_selftest(), 0);
	assert_string_equal(wg_crypto_backend(), name);
	assert_int_equal(wg_vector_current(), best);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_best_set),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
