#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Static checks of all that is ours: the compiler's W=1 warnings and sparse over
# the module, checkpatch over C, shellcheck over shell, and the rules of this
# tree that grep can check. Ends with a count of the findings; any is a failure.
#
# usage: tests/lint.sh KDIR
set -euo pipefail
# verdict counts in the shell itself, though it ends pipelines.
shopt -s lastpipe

usage() { echo "usage: ${0##*/} KDIR" >&2; exit 2; }
[ $# = 1 ] || usage
kdir=$1
cd "$(dirname "$0")/.."
work=build/lint
mkdir -p "$work"

findings=0 skipped=0

# $1: name; standard input: the findings, a line each. Those that lint.known
# explains (file, then a text that the finding holds, then why) are left out.
verdict() {
	local count
	awk 'BEGIN { n = 0 }
		NR == FNR { if (/^[^#]/) { file[n] = $1; text[n++] = $2 } next }
		{ for (i = 0; i < n; i++) if (index($0, file[i] ":") == 1 && index($0, text[i])) next
		  print }' tests/lint.known - > "$work/$1.txt"
	count=$(wc -l < "$work/$1.txt")
	if [ "$count" = 0 ]; then
		echo "ok - $1"
	else
		sed 's/^/  /' "$work/$1.txt"
		echo "not ok - $1: $count"
		findings=$((findings + count))
	fi
}

skip() {
	echo "ok - $1 # SKIP $2"
	skipped=$((skipped + 1))
}

# $1: CRYPTO=; the rest: more for make. Only what is said about our own files
# counts; kbuild's own remarks are not ours.
build() {
	local crypto=$1 log=$work/build-$1.log
	shift
	# An object that is not compiled again says nothing.
	[ ! -d "$work/$crypto" ] || find "$work/$crypto" -name '*.o' -delete
	if ! make module KDIR="$kdir" OUT="$work/$crypto" CRYPTO="$crypto" "$@" > "$log" 2>&1; then
		grep -m 20 -i 'error\|^wireguard:' "$log" | sed 's/^/  /'
		echo "not ok - the module does not build ($log)"
		exit 1
	fi
	{ grep -E ': (warning|error):' "$log" || true; } |
		sed -E "s,^(.*/$work/$crypto/|\./),src/," | sort -u | verdict "compiler-$crypto"
}

sparse=(C=2 "CHECK=sparse")
command -v sparse > /dev/null || sparse=()
for crypto in kernel vendored; do
	build $crypto W=1 "${sparse[@]}"
done
[ ${#sparse[@]} -gt 0 ] || skip sparse "apt install sparse"

# checkpatch comes with a kernel tree or with Debian's kernel source.
checkpatch=
for candidate in "$kdir/scripts/checkpatch.pl" "$kdir/source/scripts/checkpatch.pl" \
	"$work"/checkpatch/*/scripts/checkpatch.pl; do
	[ ! -e "$candidate" ] || checkpatch=$candidate
done
if [ -z "$checkpatch" ]; then
	for archive in /usr/src/linux-source-*.tar.xz; do
		[ -e "$archive" ] || continue
		mkdir -p "$work/checkpatch"
		tree=$(basename "$archive" .tar.xz)
		tar -C "$work/checkpatch" -xf "$archive" "$tree/scripts/checkpatch.pl" \
			"$tree/scripts/spelling.txt" "$tree/scripts/const_structs.checkpatch"
		checkpatch=$work/checkpatch/$tree/scripts/checkpatch.pl
	done
fi
# FILE_PATH_CHANGES is about MAINTAINERS, which only the kernel's tree has. It
# runs in the work folder, where it leaves a cache.
if [ -n "$checkpatch" ]; then
	mapfile -t sources < <(find "$PWD/src" -name generated -prune -o -name '*.mod.c' -prune -o \
		-name '*.[ch]' -print | sort)
	checkpatch=$(realpath "$checkpatch")
	(
		cd "$work"
		perl "$checkpatch" --no-tree --no-summary --terse --show-types \
			--max-line-length=100 --ignore FILE_PATH_CHANGES --file "${sources[@]}" || true
	) |
		{ grep -E '(WARNING|ERROR):' || true; } | sed "s|^$PWD/||" | verdict checkpatch
else
	skip checkpatch "apt install linux-source"
fi

if command -v shellcheck > /dev/null; then
	mapfile -t scripts < <(grep -rlE -m 1 '^#!.*(bash|/sh)' --exclude-dir=build --exclude-dir=.git . | sort)
	{ shellcheck -x -f gcc "${scripts[@]}" || true; } | verdict shellcheck
else
	skip shellcheck "apt install shellcheck"
fi

{ grep -rnE 'LINUX_VERSION_CODE|HAVE_' src --include='*.[ch]' || true; } |
	{ grep -v '^src/compat/' || true; } | verdict "no-kernel-conditionals"
{ find src -name generated -prune -o -name '*.mod.c' -prune -o \
	\( -name '*.[ch]' -o -name 'Kbuild*' \) \
	-exec grep -L 'SPDX-License-Identifier: GPL-2.0' {} + || true; } | verdict spdx

echo "$findings findings, $skipped skipped"
[ "$findings" = 0 ]
