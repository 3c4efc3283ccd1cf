#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Checks the layout of structures, by rules of the kernel that they can break on 32-bit machines
# only. The structures are compiled for i386, where u64 is aligned to 4 bytes. The code is only
# checked, not run. Run from tests/unit.
#
# usage: test_layout.sh

set -euo pipefail
# shellcheck source=tests/unit/lib.sh
source ./lib.sh
work=$(mktemp -d "${TMPDIR:-/tmp}/wireguard-layout.XXXXXX")
trap 'rm -rf "$work"' EXIT
# The only header of the C library for i386 that a machine without its packages lacks.
mkdir "$work/gnu"
: >"$work/gnu/stubs-32.h"
compile=(gcc -m32 -fsyntax-only -std=gnu11 -D_GNU_SOURCE -Ishim -I../../src -I../../src/protocol -I"$work"
	-idirafter "/usr/include/$(gcc -print-multiarch)")

# holds NAME EXPRESSION: true of the structures in device.h
holds() {
	local rc=0
	printf '#include "device.h"\n_Static_assert(%s, "no");\n' "$2" >"$work/test.c"
	"${compile[@]}" "$work/test.c" >"$work/output" 2>&1 || rc=$?
	point "$rc" "$1" "$work/output"
}

echo "1..3"
holds "the compiler makes 32-bit code" "sizeof(void *) == 4"
holds "in which u64 alone does not align a structure" \
	"__alignof__(struct { unsigned long long x; }) == 4"
holds "the pointer in sk_user_data has three free low bits" \
	"__alignof__(struct wg_sockets) % 8 == 0"
