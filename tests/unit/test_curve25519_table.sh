#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The table of multiples of the base point is the output of its script. Run from tests/unit.
#
# usage: test_curve25519_table.sh

set -euo pipefail
# shellcheck source=tests/unit/lib.sh
source ./lib.sh
table=../../src/crypto/curve25519_table.h
work=$(mktemp -d "${TMPDIR:-/tmp}/wireguard-table.XXXXXX")
trap 'rm -rf "$work"' EXIT

echo "1..2"
rc=0
python3 curve25519_table.py >"$work/table.h" 2>"$work/errors" || rc=$?
[ "$rc" != 0 ] || diff "$table" "$work/table.h" >"$work/errors" || rc=$?
point "$rc" "curve25519_table.h is what curve25519_table.py prints" "$work/errors"
# Control: one digit more or less is a difference.
rc=0
sed '0,/0x/s/0x./0x?/' "$table" | diff - "$work/table.h" >"$work/errors" || rc=$?
[ "$rc" = 1 ] && rc=0 || rc=1
point "$rc" "a changed digit is found" "$work/errors"
