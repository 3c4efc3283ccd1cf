#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Builds the module for Debian's kernels of other architectures (tests/arch/kernels.list), as
# users have it and with all fallbacks and the own cryptography. Prints TAP; the last line sums
# it up. Logs stay in build/arch/.
#
# usage: [ARCH="arm64 s390x"] tests/arch.sh
#   ARCH   only these architectures, or kernels such as armhf/6.12

set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=tests/lib/steps.sh
source tests/lib/steps.sh

only_help arch "$@"
mapfile -t wanted < <(words "${ARCH:-}")
# The kernel's Makefile has a variable of this name. make gives its own to all makes below it.
unset ARCH MAKEFLAGS MFLAGS MAKEOVERRIDES
[ ${#wanted[@]} != 0 ] || mapfile -t wanted < <(awk '/^[a-z]/ && !seen[$1]++ { print $1 }' tests/arch/kernels.list)
for one in "${wanted[@]}"; do
	awk -v one="$one" '/^[a-z]/ && (one == $1 || one == $1 "/" $2) { found = 1 } END { exit !found }' \
		tests/arch/kernels.list || {
		printf 'arch: tests/arch/kernels.list has no %s\n' "$one" >&2
		exit 1
	}
done
out=$PWD/build/arch
empty_out "$out"

step "setup"
tests/setup.sh --architectures
passed=0 failed=0 skipped=0
for name in plain fallbacks; do
	for one in "${wanted[@]}"; do
		step "$one, $name"
		tap=$out/${one/\//-}-$name.tap
		tap_run "$one" "$tap" tests/arch/build.sh --log "$out" --build "$name" "$one"
		grep -E '^(not )?ok|^#  ' "$tap" || :
		read -r p f s < <(tap_sum "$tap")
		passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
	done
done
step "logs are in build/arch/"
printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
[ "$failed" = 0 ]
