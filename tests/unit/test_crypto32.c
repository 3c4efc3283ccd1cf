// SPDX-License-Identifier: GPL-2.0
/*
 * All of test_crypto.c once more, over the code for machines without a 128-bit
 * product: the difference is in this test's flags.
 */
#include "test_crypto.c"
