#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# For a nightly run: the check, and the tests that it leaves out (docs/TESTING.md has the
# reasons). Each part runs even if the one before failed. Prints the failures and the last line
# of each part; the last line has the sums. Logs stay in build/all/.
#
# usage: [PARTS="check chaos"] tests/all.sh
#   PARTS   only these: check unit lint-planted fuzz arch planted chaos debug matrix soak

set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=tests/lib/steps.sh
source tests/lib/steps.sh

only_help all "$@"
all=(check unit lint-planted fuzz arch planted chaos debug matrix soak)
mapfile -t parts < <(words "${PARTS:-${all[*]}}")
[ ${#parts[@]} != 0 ] || { printf 'all: PARTS= has no part: the parts are: %s\n' "${all[*]}" >&2; exit 1; }
for part in "${parts[@]}"; do
	is_one_of "$part" "${all[@]}" ||
		{ printf 'all: no part %s: the parts are: %s\n' "$part" "${all[*]}" >&2; exit 1; }
done
unset PARTS
need_root check-all

run() { # PART
	case $1 in
	unit)
		UNIT_LONG=1 make --no-print-directory -C tests/unit check TIMEOUT=7200 \
			TESTS="aead_many crypto crypto51 crypto32"
		;;
	lint-planted) tests/lint.sh --planted "/lib/modules/$(vm_kernel)/build" ;;
	fuzz) make --no-print-directory -C tests/fuzz check SECONDS_EACH=300 ;;
	check | soak) make --no-print-directory "$1" ;;
	*) make --no-print-directory "check-$1" ;;
	esac
}

out=$PWD/build/all
empty_out "$out"
step "setup"
tests/setup.sh
passed=0 failed=0 skipped=0 bad=()
for part in "${parts[@]}"; do
	step "$part"
	rc=0
	run "$part" >"$out/$part.log" 2>&1 </dev/null || rc=$?
	tap_failures "$out/$part.log"
	tail -n 1 "$out/$part.log"
	# Most parts end with a line of sums. For the others count the points.
	read -r p f s < <(sed -nE 's/^(# )?([0-9]+) passed, ([0-9]+) failed, ([0-9]+) skipped$/\2 \3 \4/p' \
		"$out/$part.log" | tail -n 1 | grep . || tap_sum "$out/$part.log")
	if [ "$rc" != 0 ] || [ "$((p + f + s))" = 0 ]; then
		bad+=("$part")
		[ "$f" != 0 ] || f=1
	fi
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
done
step "logs are in build/all/"
[ ${#bad[@]} = 0 ] || printf 'failed: %s\n' "${bad[*]}"
printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
[ "$failed" = 0 ]
