# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Test points of the unit tests that are scripts. Sourced, never run.

number=0
# point RC NAME [FILE...]: prints a test point, which passed if RC is 0. After a failure prints
# what FILEs have.
point() {
	local rc=$1 name=$2
	shift 2
	number=$((number + 1))
	if [ "$rc" = 0 ]; then
		printf 'ok %d - %s\n' "$number" "$name"
	else
		printf 'not ok %d - %s\n' "$number" "$name"
		[ $# = 0 ] || sed 's/^/#   /' "$@"
	fi
}
