#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Prints src/crypto/curve25519_table.h: multiples of the base point for wg_curve25519_public().

usage: curve25519_table.py

The curve is edwards25519 of RFC 7748, section 4.1: -x^2 + y^2 = 1 + d x^2 y^2 modulo p. The
comment that is printed says what the numbers are. test_curve25519_table.sh compares the file with
the output of this script.
"""

import sys

P = 2**255 - 19
# The order of the base point, and the constant of the curve.
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P

# curve25519_base.h has the same numbers.
COMBS, TEETH, STEPS = 9, 4, 7
BITS = COMBS * TEETH * STEPS

HEAD = """\
/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Written by tests/unit/curve25519_table.py; do not edit. Multiples of the base
 * point B of edwards25519 (RFC 7748, section 4.1) for curve25519_base.c, as words
 * of 64 bits, the lowest first.
 *
 * Entry m of comb j is the point with the coordinates (x, y) that is 4 B times
 *
 *   sum over i < WG_COMB_TEETH of s_i 2^(WG_COMB_STEPS (WG_COMB_TEETH j + i))
 *
 * where s_i is 1 if i is the last tooth or bit i of m is set, and -1 otherwise.
 * Stored are (y + x) / 2, (y - x) / 2 and d x y modulo p, each below p.
 *
 * The start is the point that is 4 (2^WG_COMB_BITS - 1) B after WG_COMB_STEPS - 1
 * doublings. Stored are x, y and x y.
 */
#ifndef WG_CRYPTO_CURVE25519_TABLE_H
#define WG_CRYPTO_CURVE25519_TABLE_H

#include "curve25519_base.h"
"""


def add(one, two):
    x1, y1 = one
    x2, y2 = two
    product = D * x1 * x2 * y1 * y2 % P
    x3 = (x1 * y2 + y1 * x2) * pow(1 + product, -1, P) % P
    y3 = (y1 * y2 + x1 * x2) * pow(1 - product, -1, P) % P
    return x3, y3


def multiple(factor, point):
    total = (0, 1)
    while factor:
        if factor & 1:
            total = add(total, point)
        point = add(point, point)
        factor >>= 1
    return total


def base_point():
    """RFC 7748: y = 4 / 5, and the even x of the two."""
    y = 4 * pow(5, -1, P) % P
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * pow(2, (P - 1) // 4, P) % P
    if x * x % P != square:
        sys.exit("curve25519_table.py: no square root")
    return (P - x if x & 1 else x), y


def words(number):
    return "{ " + ", ".join(f"0x{number >> 64 * i & 2**64 - 1:016x}" for i in range(4)) + " },"


def main():
    base = multiple(4, base_point())
    if multiple(ORDER, base) != (0, 1):
        sys.exit("curve25519_table.py: the base point has another order")
    half = pow(2, -1, P)
    print(HEAD)
    print("static const u64 wg_comb_table[WG_COMBS * WG_COMB_ENTRIES][3][4] = {")
    for comb in range(COMBS):
        for entry in range(2 ** (TEETH - 1)):
            signs = entry | 2 ** (TEETH - 1)
            factor = sum((1 if signs >> i & 1 else -1) * 2 ** (STEPS * (TEETH * comb + i))
                         for i in range(TEETH))
            x, y = multiple(factor % ORDER, base)
            print("\t{\t/*", comb, entry, "*/")
            for number in ((y + x) * half % P, (y - x) * half % P, D * x * y % P):
                print("\t\t" + words(number))
            print("\t},")
    print("};\n")
    x, y = multiple((2**BITS - 1) * pow(2, -(STEPS - 1), ORDER) % ORDER, base)
    print("static const u64 wg_comb_start[3][4] = {")
    print("\t" + words(x), words(y), words(x * y % P), sep="\n\t")
    print("};\n\n#endif /* WG_CRYPTO_CURVE25519_TABLE_H */")


if len(sys.argv) > 1:
    print(__doc__.split("\n\n")[1])
    sys.exit(0 if sys.argv[1] in ("-h", "--help") else 1)
main()
