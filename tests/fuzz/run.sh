#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Runs fuzzers, two at a time, each for so many seconds on its corpus; prints TAP. A fuzzer that has
# run fewer than 100 mutated inputs by then continues until it has. An input that fails is kept, and
# its name is printed. With --planted the sources have a bug, and a fuzzer that does not find it
# fails.
#
# usage: CORPUS=DIR BUILD=DIR tests/fuzz/run.sh [--planted] SECONDS NAME...

set -euo pipefail

# shellcheck source=tests/lib/out.sh
source "$(dirname "$0")/../lib/out.sh"
die() { printf 'fuzz: %s\n' "$*" >&2; exit 1; }
case ${1:-} in
-h | --help) sed -n 's/^# \(usage:.*\)/\1/p' "$0"; exit 0 ;;
esac
kind=fuzz
if [ "${1:-}" = --planted ]; then kind=planted; shift; fi
seconds=${1:-}
# libFuzzer takes 0 and what is no number as no limit.
[[ $seconds =~ ^[1-9][0-9]{0,6}$ ]] || die "SECONDS_EACH= is a number of seconds from 1 to 9999999, not: $seconds"
shift
[ $# != 0 ] || die 'no fuzzer is named'
for name; do
	[[ $name =~ ^[a-z0-9_]+$ ]] || die "no fuzzer $name"
done
twice=$(printf '%s\n' "$@" | sort | uniq -d)
[ -z "$twice" ] || die "named twice: $twice"
corpus=${CORPUS:?} build=${BUILD:?}
# "make planted check" may run both kinds side by side, with files of their own.
take_out "$build/run-$kind"

# What a log of libFuzzer says: how many inputs have run, and how many of them were those that
# existed before, with an empty one. These run first.
executed() { sed -n 's/^stat::number_of_executed_units: *//p' "$1" | tail -n 1; }
initial() { sed -n 's/^#\([0-9]*\)[[:space:]]*INITED .*/\1/p' "$1" | tail -n 1; }
has_mutated() {
	local all first
	all=$(executed "$1") first=$(initial "$1")
	[ -n "$all" ] && [ -n "$first" ] && [ $((all - first)) -ge "$least" ]
}
fuzz() {
	local name=$1 log=$build/${kind}_$1.log found=$build/found-$1 dict=() run all
	[ ! -e "$1.dict" ] || dict=(-dict="$1.dict")
	# Inputs that a planted bug produces are of no use to other runs.
	[ $kind = fuzz ] || found=$build/planted-$1/found
	mkdir -p "$found" "$corpus/$name"
	touch "$build/${kind}_$name.begun"
	run=("$build/${kind}_$name" -timeout=20 -rss_limit_mb=1024 -max_len=4096 ${dict[@]+"${dict[@]}"}
		-print_final_stats=1 -artifact_prefix="$found/../failed-$kind-$name-" "$found" "$corpus/$name")
	"${run[@]}" -max_total_time="$seconds" >"$log" 2>&1 || return
	# A slow machine needs all of the time for the corpus. The next run begins with what this one
	# has run, at most.
	all=$(executed "$log")
	has_mutated "$log" || "${run[@]}" -runs=$((${all:-0} + 2 * least)) >>"$log" 2>&1
}
least=100
export -f executed initial has_mutated fuzz
export seconds corpus build kind least

# Keep a status for each, whether or not the others fail.
# shellcheck disable=SC2016 # for the inner shell
printf '%s\n' "$@" | xargs -P 2 -I{} bash -c 'rc=0; fuzz {} || rc=$?; echo $rc >"$build/${kind}_{}.rc"'
number=0 failed=0
for name; do
	number=$((number + 1))
	log=$build/${kind}_$name.log
	if [ $kind = planted ]; then
		if [ "$(cat "$build/planted_$name.rc")" != 0 ] && grep -q -E 'does not hold|Sanitizer' "$log"; then
			printf 'ok %d - fuzz: a bug planted in %s is found\n' "$number" "$name"
		else
			printf 'not ok %d - fuzz: a bug planted in %s is found\n' "$number" "$name"
			failed=$((failed + 1))
		fi
		continue
	fi
	runs=$(executed "$log") first=$(initial "$log")
	covered=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$log" | tail -n1)
	known=$(find "$corpus/$name" "$build/found-$name" -type f ! -newer "$build/fuzz_$name.begun" | wc -l)
	if [ "$(cat "$build/fuzz_$name.rc")" = 0 ] && [ "${first:-0}" -ge "$known" ] && has_mutated "$log"; then
		printf 'ok %d - fuzz: %s\n' "$number" "$name"
	else
		printf 'not ok %d - fuzz: %s (%s)\n' "$number" "$name" "$(find "$build" -name "failed-fuzz-$name-*" ! -name '*-slow-unit-*' | tail -n1)"
		grep -m 5 -E 'does not hold|ERROR|runtime error' "$log" | sed 's/^/#   /' || tail -n 5 "$log" | sed 's/^/#   /'
		failed=$((failed + 1))
	fi
	printf '# fuzz: %s: %s runs in %s s, %s of them of mutated inputs, %s edges\n' "$name" "${runs:-0}" "$seconds" \
		$((${runs:-0} - ${first:-0})) "${covered:-?}"
done
printf '1..%d\n' "$number"
[ "$failed" = 0 ]
