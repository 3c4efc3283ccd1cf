#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The test scripts refuse wrong arguments and variables: one line that names the fault, a
# status, and nothing changed in the tree. The scripts run in a copy of the tree, where the
# preparations that follow the checks are replaced by stand-ins. Run from tests/unit.
#
# usage: test_scripts.sh

set -euo pipefail
# shellcheck source=tests/unit/lib.sh
source ./lib.sh
work=$(mktemp -d "${TMPDIR:-/tmp}/wireguard-scripts.XXXXXX")
trap 'rm -rf "$work"' EXIT
tree=$work/tree
mkdir "$tree" "$work/bin"
tar -c -C ../.. --exclude=build --exclude=corpus --exclude='*.o' --exclude='*.ko' Makefile src tests docs |
	tar -x -C "$tree"
cd "$tree"
for script in tests/setup.sh tests/package/root.sh tests/vm/root.sh; do
	printf '#!/bin/sh\necho "went on to %s" >&2\nexit 9\n' "$script" >"$script"
	chmod +x "$script"
done
# The checks do not need root; what follows them does.
printf '#!/bin/sh\necho 0\n' >"$work/bin/id"
chmod +x "$work/bin/id"
export PATH=$work/bin:$PATH
unset MAKEFLAGS MAKEOVERRIDES TESTS KDIR OUT CC CRYPTO PROBE_OFF T KERNELS SCENARIOS PARTS CHAOS_SEED SEED

files() { find . -path ./build -prune -o -print | sort; }
files >"$work/before"
# refuses WORDS NAME COMMAND...: the command fails, prints the words in one line on stderr,
# and no file of the tree is gone or new.
refuses() {
	local words=$1 name=$2 rc=0
	shift 2
	timeout 20 "$@" >"$work/output" 2>"$work/err" </dev/null || rc=$?
	printf 'exit %d\n' "$rc" >>"$work/output"
	files | diff "$work/before" - >>"$work/output" && [ "$rc" = 1 ] &&
		[ "$(wc -l <"$work/err")" = 1 ] && grep -qF -- "$words" "$work/err"
	point $? "$name" "$work/output" "$work/err"
}

set +e
refuses 'no kernel ../../src' 'debug: a kernel that is a path' env KERNELS=../../src tests/debug.sh
refuses 'has no kernel' 'debug: no kernel' env KERNELS=' ' tests/debug.sh
refuses 'no suite ../../src' 'package: a suite that is a path' tests/package/run.sh ../../src
refuses 'no suite #' 'package: a suite that is a comment' tests/package/run.sh '#'
printf '1..%d\n' "$number"
