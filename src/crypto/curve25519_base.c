// SPDX-License-Identifier: GPL-2.0
/*
 * The table of multiples of the base point, and its reads in constant time.
 */
#include "curve25519_base.h"

#include <linux/compiler.h>
#include <linux/string.h>

#include "bytes.h"
#include "curve25519_table.h"

/* A clamped secret is 8 b: bit 0 of b is bit 3 of the secret. */
#define WG_COMB_FIRST_BIT 3

void wg_comb_begin(struct wg_comb_entry *entry)
{
	int i;

	for (i = 0; i < 12; i++)
		wg_store_le64(entry->v[i / 4] + i % 4 * 8, wg_comb_start[i / 4][i % 4]);
}

/* One of the three numbers of entry @index of a comb, without a memory access by @index. */
static __always_inline void wg_comb_select(u8 out[32], const u64 comb[WG_COMB_ENTRIES][3][4],
					   int number, unsigned long index)
{
	u64 mask, w0 = 0, w1 = 0, w2 = 0, w3 = 0;
	unsigned long i, same;

	for (i = 0; i < WG_COMB_ENTRIES; i++) {
		/* 1 if both are equal, else 0: only 0 - 1 has the bit of an entry's number. */
		same = ((i ^ index) - 1) / WG_COMB_ENTRIES & 1;
		mask = 0 - (u64)same;
		/* Without this the compiler may branch on the comparison. */
		OPTIMIZER_HIDE_VAR(mask);
		w0 |= comb[i][number][0] & mask;
		w1 |= comb[i][number][1] & mask;
		w2 |= comb[i][number][2] & mask;
		w3 |= comb[i][number][3] & mask;
	}
	wg_store_le64(out, w0);
	wg_store_le64(out + 8, w1);
	wg_store_le64(out + 16, w2);
	wg_store_le64(out + 24, w3);
}

unsigned long wg_comb_read(struct wg_comb_entry *entry, const u8 secret[32],
			   unsigned int comb, unsigned int step)
{
	unsigned long index = 0, negative;
	unsigned int i, bit;

	for (i = 0; i < WG_COMB_TEETH; i++) {
		bit = WG_COMB_FIRST_BIT + step + WG_COMB_STEPS * (WG_COMB_TEETH * comb + i);
		index |= (unsigned long)(secret[bit / 8] >> bit % 8 & 1) << i;
	}
	/* The table has the points whose last digit is 1. */
	negative = (index >> (WG_COMB_TEETH - 1)) - 1;
	OPTIMIZER_HIDE_VAR(negative);
	index = (index ^ negative) & (WG_COMB_ENTRIES - 1);
	for (i = 0; i < 3; i++)
		wg_comb_select(entry->v[i], wg_comb_table + comb * WG_COMB_ENTRIES, i, index);
	return negative;
}
