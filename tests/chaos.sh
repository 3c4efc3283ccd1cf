#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Runs the fast scenarios in environments drawn from seeds (tests/vm/lib/chaos.py), two VMs
# at a time. First the scenario changes tests that each change can be made. Prints TAP; ends
# with a count and the seeds that failed. Logs stay in build/chaos/.
#
# usage: [SEEDS=N | CHAOS_SEED=N] [SCENARIOS="traffic device"] tests/chaos.sh
#   SEEDS       number of new seeds (3)
#   CHAOS_SEED  the seed of an earlier run instead
#   SCENARIOS   only these

set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=tests/lib/steps.sh
source tests/lib/steps.sh

only_help chaos "$@"
count=${SEEDS:-3} given=${CHAOS_SEED:-}
case $count in '' | *[!0-9]* | 0*) printf 'chaos: SEEDS= must be a positive number\n' >&2; exit 1 ;; esac
is_seed "$given" || { printf 'chaos: the seed is not a number of up to nine digits: %s\n' "$given" >&2; exit 1; }
unset CHAOS_SEED
read -ra scenarios <<<"${SCENARIOS:-}"
[ ${#scenarios[@]} = 0 ] || tests/vm/lib/chaos.py check "${scenarios[@]}"
need_root check-chaos
seeds=("$given")
if [ -z "$given" ]; then
	seeds=()
	for ((i = 0; i < count; i++)); do seeds+=("$(fresh_seed)"); done
fi

out=$PWD/build/chaos
rm -rf "$out"
mkdir -p "$out"
trap end_groups EXIT
trap 'exit 130' INT TERM

step "setup"
tests/setup.sh
kver=$(vm_kernel)
tests/vm/root.sh "$kver" >/dev/null
step "building the module for $kver"
build() {
	make --no-print-directory module KDIR="/lib/modules/$kver/build" OUT="$out/module" &&
		make --no-print-directory -C tests/packet OUT="$PWD/build/packet"
}
build >"$out/build.log" 2>&1 || { tail -n 15 "$out/build.log" >&2; exit 1; }

vm() { # NAME OPTION-OR-SCENARIO...
	local name=$1
	shift
	tap_run "$name" "$out/$name.tap" tests/vm/run.sh --module "$out/module/wireguard.ko" \
		--kernel "$kver" --log "$out/vm/$name" --limit 3600 "$@"
}
stream() { # changes | seed-N
	case $1 in
	changes) vm changes changes ;;
	seed-*) vm "$1" --chaos "${1#seed-}" ${scenarios[@]+"${scenarios[@]}"} ;;
	esac
}
jobs=()
[ ${#scenarios[@]} != 0 ] || jobs+=(changes)
jobs+=("${seeds[@]/#/seed-}")
step "seeds ${seeds[*]}; failures are printed as they occur"
two_at_a_time "${jobs[@]}"

passed=0 failed=0 skipped=0 bad=()
for name in "${STREAMS[@]}"; do
	read -r p f s < <(tap_sum "$out/$name.tap")
	if [ "$((p + f + s))" = 0 ]; then
		printf 'not ok - %s printed no test points\n' "$name"
		f=1
	fi
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
	[ "$f" = 0 ] || bad+=("$name")
done
step "logs are in build/chaos/"
printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
[ ${#bad[@]} = 0 ] || printf 'failed: %s; to rerun: make check-chaos CHAOS_SEED=N SCENARIOS=...\n' "${bad[*]}"
[ "$failed" = 0 ]
