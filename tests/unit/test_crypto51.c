// SPDX-License-Identifier: GPL-2.0
/*
 * All of test_crypto.c again, over the portable code with 64-bit limbs, where test_crypto has
 * the code for the CPU that it runs on. Only the flags of this test differ.
 */
#include "test_crypto.c"
