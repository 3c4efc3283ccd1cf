#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Builds the module at W=1 for Debian's kernels of other architectures (tests/arch/kernels.list)
# with Debian's cross compilers. Prints TAP. Logs and modules are in build/arch/, in a folder for
# each architecture and series.
#
# usage: tests/arch/build.sh [--log DIR] [--build NAME] ARCHITECTURE[/SERIES]...
#   ARCHITECTURE   all its kernels in the list; with /SERIES, such as arm64/6.1, only that one
#   --build NAME   plain (default), or another build of tests/lib/steps.sh, such as fallbacks

set -euo pipefail

die() { printf 'arch/build: %s\n' "$*" >&2; exit 1; }
cd "$(dirname "$0")/../.."
# shellcheck source=tests/lib/steps.sh
source tests/lib/steps.sh
# shellcheck source=tests/arch/architectures.sh
source tests/arch/architectures.sh
log=$PWD/build/arch build=plain
read_options 'log= build=' "$@"
[ ${#arguments[@]} != 0 ] || { print_usage >&2; exit 2; }
build_variables "$build" >/dev/null || die "no build $build: tests/lib/steps.sh has their names"
read -ra variables < <(build_variables "$build")

number=0 failed=0
# point NAME LOG COMMAND...: one test point, with the errors in the log if the command fails
point() {
	local what=$1 file=$2
	shift 2
	number=$((number + 1))
	if "$@" >"$file" 2>&1; then
		printf 'ok %d - %s\n' "$number" "$what"
		return
	fi
	printf 'not ok %d - %s\n' "$number" "$what"
	{ grep -E -m 10 '(error|warning):|^ERROR' "$file" || tail -n 15 "$file"; } | sed 's/^/#   /'
	failed=$((failed + 1))
	return 1
}
no_warnings() { # LOG DIR
	local found
	[ -s "$1" ] && found=$(our_warnings "$1" "$2") || return 1
	printf '%s\n' "$found"
	[ -z "$found" ]
}
# point calls it as a condition, so set -e has no effect in it.
is_for() { # KO RELEASE MACHINE
	local vermagic
	readelf -h "$1" | grep -F 'Machine:'
	vermagic=$(modinfo -F vermagic "$1") || return 1
	printf '%s\n' "$vermagic"
	[[ $vermagic = "$2 "* ]] && readelf -h "$1" | grep -qE "Machine: +$3\$"
}

build() { # ARCHITECTURE SERIES SUITE FLAVOUR KBUILD-SUITE
	local what="$1 $2" dir=$log/$1-$2/$build headers release cross
	cross=$(cross_of "$1") || die "tests/arch/architectures.sh has no compiler for $1"
	# make does not compile again what is up to date, and so would not warn again.
	rm -rf "$dir"
	mkdir -p "$dir"
	point "$what: headers" "$dir.headers" tests/arch/headers.sh "$@" || return 0
	headers=$(tail -n1 "$dir.headers")
	release=$(cat "$headers/kver")
	# CC: the compiler of Debian 12, whichever compiled the kernel. Debug information would take
	# a quarter of the time. Without it there is no BTF, for which headers with a vmlinux ask.
	point "$what: module builds for $release: W=1 ${variables[*]}" "$dir.log" \
		env -u MAKEFLAGS -u CC -u HOSTCC -u LLVM -u ARCH make --no-print-directory module \
		KDIR="$headers/kdir" OUT="$dir" W=1 CROSS_COMPILE="$cross" CC="${cross}gcc-12" KCFLAGS=-g0 \
		CONFIG_DEBUG_INFO_BTF_MODULES= \
		"${variables[@]}" || return 0
	point "$what: no warnings" "$dir.warnings" no_warnings "$dir.log" "$dir" || :
	point "$what: the module is for this kernel" "$dir.is_for" \
		is_for "$dir/wireguard.ko" "$release" "$(elf_machine_of "$1")" || :
}

for one in "${arguments[@]}"; do
	grep -qE "^${one/\//[[:space:]]+}[[:space:]]" tests/arch/kernels.list || die "tests/arch/kernels.list has no $one"
done
for one in "${arguments[@]}"; do
	while read -r arch series rest; do
		case $arch in '' | '#'*) continue ;; esac
		case $one in "$arch" | "$arch/$series") ;; *) continue ;; esac
		# shellcheck disable=SC2086 # the other fields of the line
		build "$arch" "$series" $rest </dev/null
	done <tests/arch/kernels.list
done
printf '1..%d\n' "$number"
[ "$failed" = 0 ]
