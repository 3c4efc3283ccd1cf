#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Builds the programs of tests/unit/ for other architectures with Debian's cross compilers, and runs
# them by QEMU's user-mode emulation. Prints TAP. Programs and logs are in build/arch/, in a
# folder unit-ARCHITECTURE.
#
# usage: tests/arch/unit.sh [--log DIR] [--tests NAMES] ARCHITECTURE...
#   ARCHITECTURE    one of tests/arch/kernels.list, except mipsel
#   --tests NAMES   only these, such as "allowedips lookup"
#   --log DIR       the folder above unit-ARCHITECTURE

set -euo pipefail

die() { printf 'arch/unit: %s\n' "$*" >&2; exit 1; }
cd "$(dirname "$0")/../.."
# shellcheck source=tests/lib/options.sh
source tests/lib/options.sh
# shellcheck source=tests/arch/architectures.sh
source tests/arch/architectures.sh
export LC_ALL=C.UTF-8
log=$PWD/build/arch tests=''
read_options 'log= tests=' "$@"
[ ${#arguments[@]} != 0 ] || { print_usage >&2; exit 2; }
for arch in "${arguments[@]}"; do
	qemu=$(qemu_user_of "$arch") || die "tests/arch/architectures.sh has no $arch"
	command -v "$qemu" >/dev/null || die "$qemu is missing: run tests/setup.sh --architectures as root"
done

failed=0
unit() { # ARCHITECTURE
	local sysroot compiler dir=$log/unit-$1 variables
	mkdir -p "$dir"
	if ! sysroot=$(tests/arch/sysroot.sh "$1" 2>"$dir/sysroot.log"); then
		printf 'not ok - %s: libraries: %s\n' "$1" "$(tail -n 1 "$dir/sysroot.log")"
		return 1
	fi
	# Without -L the linker finds the C library of the cross compiler, which is older than that of riscv64's
	# suite.
	compiler="$(cross_of "$1")gcc-12 --sysroot=$sysroot -L$sysroot/usr/lib/$(triplet_of "$1")"
	[ "$1" != i386 ] || compiler+=' -m32'
	# The address sanitizer is left out: its map of the memory does not fit into that of QEMU on every
	# architecture.
	variables=(BUILD="$(realpath --relative-to=tests/unit "$dir")" CC="$compiler" SANITIZERS=undefined
		RUN="$(qemu_user_of "$1") -L $sysroot")
	[ -z "$tests" ] || variables+=(TESTS="$tests")
	if ! env -u MAKEFLAGS -u CFLAGS make --no-print-directory -k -C tests/unit "${variables[@]}" >"$dir/build.log" 2>&1; then
		printf 'not ok - %s: the unit tests do not build\n' "$1"
		{ grep -E -m 10 '(error|warning): ' "$dir/build.log" || tail -n 5 "$dir/build.log"; } | sed 's/^/#   /'
		return 1
	fi
	env -u MAKEFLAGS -u CFLAGS -u UNIT_LONG make --no-print-directory -C tests/unit "${variables[@]}" check
}

for arch in "${arguments[@]}"; do
	# A condition, so set -e has no effect in it.
	if ! unit "$arch"; then failed=1; fi
done
[ "$failed" = 0 ]
