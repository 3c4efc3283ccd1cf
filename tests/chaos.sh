#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Runs the fast scenarios in environments drawn from seeds (tests/vm/lib/chaos.py), two VMs
# at a time. First the scenario changes tests that each change can be made. Prints TAP; ends
# with a count and the seeds that failed. Logs stay in build/chaos/.
#
# usage: [SEEDS=N | CHAOS_SEED=N] [SCENARIOS="traffic device"] tests/chaos.sh
#   SEEDS       number of new seeds, up to 999 (3)
#   CHAOS_SEED  the seed of an earlier run instead
#   SCENARIOS   only these

set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=tests/lib/steps.sh
source tests/lib/steps.sh
# shellcheck source=tests/lib/jobs.sh
source tests/lib/jobs.sh

only_help chaos "$@"
count=${SEEDS:-3} given=${CHAOS_SEED:-}
for name in KDIR BZIMAGE OUT KERNELS; do
	[ -z "${!name:-}" ] || { printf 'chaos: %s= has no effect here: the VM runs Debian'"'"'s kernel\n' "$name" >&2; exit 1; }
done
[[ $count =~ ^[1-9][0-9]{0,2}$ ]] ||
	{ printf 'chaos: SEEDS= must be a number from 1 to 999: %s\n' "$count" >&2; exit 1; }
is_seed "$given" || { printf 'chaos: the seed is not a number of up to nine digits: %s\n' "$given" >&2; exit 1; }
unset CHAOS_SEED
mapfile -t scenarios < <(words "${SCENARIOS:-}")
[ ${#scenarios[@]} = 0 ] || tests/vm/lib/chaos.py check "${scenarios[@]}"
need_root check-chaos
seeds=("$given")
if [ -z "$given" ]; then
	seeds=()
	while [ ${#seeds[@]} -lt "$count" ]; do
		seed=$(fresh_seed)
		case " ${seeds[*]} " in *" $seed "*) ;; *) seeds+=("$seed") ;; esac
	done
fi

fresh_out "$PWD/build/chaos"

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
load() { echo 60; }
jobs=()
[ ${#scenarios[@]} != 0 ] || jobs+=(changes)
jobs+=("${seeds[@]/#/seed-}")
step "seeds ${seeds[*]}; failures are printed as they occur"
run_jobs "${jobs[@]}"

passed=0 failed=0 skipped=0 repeat=()
all=(${scenarios[@]+"${scenarios[@]}"})
[ ${#all[@]} != 0 ] || mapfile -t all < <(tests/vm/lib/chaos.py list)
for name in "${STREAMS[@]}"; do
	read -r p f s < <(tap_sum "$out/$name.tap")
	if [ "$((p + f + s))" = 0 ]; then
		printf 'not ok - %s printed no test points\n' "$name"
		f=1
	fi
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
	[ "$f" != 0 ] || continue
	case $name in
	changes) repeat+=('make vm-test T=changes') ;;
	*)
		mapfile -t bad < <(failed_scenarios "$out/$name.tap" "${all[@]}")
		repeat+=("make check-chaos CHAOS_SEED=${name#seed-} SCENARIOS=\"${bad[*]}\"")
		;;
	esac
done
step "logs are in build/chaos/"
printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
[ ${#repeat[@]} = 0 ] || printf 'to repeat: %s\n' "${repeat[@]}"
[ "$failed" = 0 ]
