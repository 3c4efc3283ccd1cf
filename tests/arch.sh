#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Builds the module for Debian's kernels of other architectures (tests/arch/kernels.list), as
# users have it and with all fallbacks and the module's own cryptography. Boots the first kernel
# of each architecture under QEMU and runs scenarios. Runs the unit tests of each architecture once.
# Prints TAP; the last line sums it up. Logs stay in build/arch/.
#
# usage: [ARCH="arm64 s390x"] [SCENARIOS="device netlink"] [VM_OPTIONS="--slow 20"] tests/arch.sh [--build]
#   --build      build for the kernels, boot none, run no unit tests
#   ARCH         only these architectures, or kernels such as armhf/6.12, which are booted then
#   SCENARIOS    run these with both builds, and no unit tests; default: device traffic raw-send
#                handshake, and handshake with all fallbacks, on arm64 simd as well
#   VM_OPTIONS   more options of tests/vm/run.sh

set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=tests/lib/steps.sh
source tests/lib/steps.sh
# shellcheck source=tests/arch/architectures.sh
source tests/arch/architectures.sh

boot=1
if [ "${1:-}" = --build ]; then
	boot=''
	shift
fi
only_help arch "$@"
mapfile -t wanted < <(words "${ARCH:-}")
mapfile -t scenarios < <(words "${SCENARIOS:-}")
# The kernel's Makefile has a variable of this name. make gives its own to all makes below it.
unset ARCH MAKEFLAGS MFLAGS MAKEOVERRIDES CHAOS_SEED
read_vm_options arch
[ ${#wanted[@]} != 0 ] || mapfile -t wanted < <(awk '/^[a-z]/ && !seen[$1]++ { print $1 }' tests/arch/kernels.list)
for one in "${wanted[@]}"; do
	awk -v one="$one" '/^[a-z]/ && (one == $1 || one == $1 "/" $2) { found = 1 } END { exit !found }' \
		tests/arch/kernels.list || {
		printf 'arch: tests/arch/kernels.list has no %s\n' "$one" >&2
		exit 1
	}
done
for name in ${scenarios[@]+"${scenarios[@]}"}; do
	is_scenario "$name" || { printf 'arch: no scenario %s: tests/vm/run.sh --list lists them\n' "$name" >&2; exit 1; }
done
out=$PWD/build/arch
empty_out "$out"

step "setup"
tests/setup.sh --architectures
passed=0 failed=0 skipped=0
# run PATTERN NAME COMMAND...: runs a program that prints TAP, and prints the lines with the pattern
run() {
	local pattern=$1 name=$2 tap=$out/${2//[\/ ]/-}.tap p f s
	shift 2
	step "$name"
	tap_run "$name" "$tap" "$@"
	read -r p f s < <(tap_sum "$tap")
	if [ "$((p + f + s))" = 0 ]; then
		printf 'not ok - %s printed no test points\n' "$name" >>"$tap"
		f=1
	fi
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
	grep -E "$pattern" "$tap" || :
}
tested=()
for name in plain fallbacks; do
	for one in "${wanted[@]}"; do
		run '^(not )?ok|^#  ' "$one $name" tests/arch/build.sh --log "$out" --build "$name" "$one"
		[ -n "$boot" ] || continue
		if ! root_suite_of "${one%/*}" >/dev/null; then
			printf 'ok - %s # SKIP there is no root for its VM\n' "$one $name boot"
			skipped=$((skipped + 1))
			continue
		fi
		# Several kernels of one architecture have the same unit tests.
		if [ ${#scenarios[@]} = 0 ] && ! is_one_of "${one%/*}" ${tested[@]+"${tested[@]}"}; then
			tested+=("${one%/*}")
			run '^not ok|# SKIP|^# ([^o]|o[^k])|^#  ' "${one%/*} unit" tests/arch/unit.sh --log "$out" "${one%/*}"
		fi
		case $name in
		plain) selected=(device traffic raw-send handshake) ;;
		fallbacks)
			selected=(handshake)
			# This build has the module's own cryptography, on arm64 with vector code.
			case $one in arm64*) selected+=(simd) ;; esac
			;;
		esac
		[ ${#scenarios[@]} = 0 ] || selected=("${scenarios[@]}")
		run '^not ok|# SKIP|^# ' "$one $name boot" tests/arch/boot.sh --log "$out" --build "$name" "$one" "${selected[@]}" \
			${options[@]+"${options[@]}"}
	done
done
step "logs are in build/arch/"
printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
[ "$failed" = 0 ]
