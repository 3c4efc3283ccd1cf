// SPDX-License-Identifier: GPL-2.0
/*
 * All of test_crypto.c again, over the code for machines without a 128-bit product. Only the
 * flags of this test differ.
 */
#include "test_crypto.c"
