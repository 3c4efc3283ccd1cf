#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Runs the VM scenarios on kernels with run-time checks (tests/debug/kernel.sh). One kernel
# checks memory, locks and lifetimes, injects allocation failures and records which lines
# of the module ran; the other detects data races. Ends with a table and a count. Logs
# stay in build/debug/.
#
# usage: [KERNELS="kasan-6.1 kcsan-6.1"] [SCENARIOS="device traffic"] tests/debug.sh
#   KERNELS     from kasan-6.1, kasan-newest, kcsan-6.1, kcsan-newest; default: the first three
#   SCENARIOS   only these

set -euo pipefail

# In braces, so that bash reads the whole script first: an edit during the run, which
# takes hours, has no effect.
{
cd "$(dirname "$0")/.."
# shellcheck source=tests/lib/steps.sh
source tests/lib/steps.sh
# shellcheck source=tests/lib/jobs.sh
source tests/lib/jobs.sh
only_help debug "$@"
unset CHAOS_SEED
known=(kasan-6.1 kasan-newest kcsan-6.1 kcsan-newest)
mapfile -t kernels < <(words "${KERNELS:-${known[*]:0:3}}")
[ ${#kernels[@]} != 0 ] || { printf 'debug: KERNELS= has no kernel\n' >&2; exit 1; }
for kernel in "${kernels[@]}"; do
	# A folder of this name is removed.
	is_one_of "$kernel" "${known[@]}" || {
		printf 'debug: no kernel %s: the kernels are: %s\n' "$kernel" "${known[*]}" >&2
		exit 1
	}
done
mapfile -t only < <(words "${SCENARIOS:-}")
for name in ${only[@]+"${only[@]}"}; do
	is_scenario "$name" || {
		printf 'debug: no scenario %s: tests/vm/run.sh --list lists them\n' "$name" >&2
		exit 1
	}
done
need_root check-debug

out=$PWD/build/debug
take_out "$out"
trap end_groups EXIT
trap 'exit 130' INT TERM

step "setup"
tests/setup.sh
root_kver=$(vm_kernel)
tests/vm/root.sh "$root_kver" >/dev/null
make --no-print-directory -C tests/packet OUT="$PWD/build/packet" >"$out/packet.log" 2>&1 ||
	{ printf 'debug: tests/packet does not build (build/debug/packet.log)\n' >&2; exit 1; }

# choose CHECK: splits the scenarios into fast ones, which mostly compute, and slow ones,
# which mostly wait.
choose() { # CHECK
	local name kernel
	fast=() slow=()
	while read -r name; do
		[ ${#only[@]} = 0 ] || case " ${only[*]} " in *" $name "*) ;; *) continue ;; esac
		[ -z "$(scenario_header "$name" module)" ] || continue
		kernel=$(scenario_header "$name" kernel)
		[ "${kernel:-$1}" = "$1" ] || continue
		case $(scenario_header "$name" speed) in
		slow) slow+=("$name") ;;
		soak) [ "$name" = soak ] || slow+=("$name") ;;
		*) fast+=("$name") ;;
		esac
	done < <(tests/vm/run.sh --list)
}

# On kasan kernels, slub_debug marks (A) the caches in which the scenario "faults" makes
# allocations fail; that is possible at boot only. no5lvl: while a kernel with five-level
# page tables identifies its first processor, it briefly counts as one with four, and KASAN
# reports the accesses of an interrupt at that time as wild. kcsan kernels watch more
# accesses than by default, and for longer: emulated processors do less in that time.
declare -A append=(
	[kasan]='no5lvl slub_debug=FZPU;FZPUA,wg_keypair,wg_batch,skbuff_head_cache,skbuff_fclone_cache'
	[kcsan]='kcsan.skip_watch=200 kcsan.udelay_task=200 kcsan.udelay_interrupt=100'
)
# Factors for time limits: how much slower these kernels are, with two VMs on two processors.
declare -A slow_by=([kasan]=10 [kcsan]=4)

# stream NAME: runs the scenarios in the array of that name, fast or slow.
stream() {
	local -n scenarios=$1
	tap_run "$1" "$out/$1.tap" tests/vm/run.sh --module "$out/module/wireguard.ko" \
		--kernel "$root_kver" --kernel-dir "$kernel" --log "$out/vm/$1" \
		--mem 3072 --slow "${slow_by[$check]}" --limit 3600 --append "${append[$check]}" "${scenarios[@]}"
}
load() { echo 100; }

rows=() passed=0 failed=0 skipped=0
run_kernel() { # CHECK-SERIES
	# The streams use these variables, too.
	local check=${1%%-*} series=${1#*-} out=$out/$1 debug kernel kver since=$SECONDS name
	local p f s all=(0 0 0) coverage=- jobs=()
	rm -rf "$out"
	mkdir -p "$out"
	step "$1: the kernel"
	debug=$(tests/debug/kernel.sh "$check" "$series")
	kernel=$(tests/vm/kernel.sh --tree "$debug/tree" "$debug/tree/arch/x86/boot/bzImage")
	kver=$(cat "$kernel/kver")
	make --no-print-directory module KDIR="$debug/tree" OUT="$out/module" W=1 GCOV_PROFILE=y \
		>"$out/build.log" 2>&1 || {
		tail -n 5 "$out/build.log" >&2
		printf 'not ok - %s: the module builds\n' "$1"
		failed=$((failed + 1))
		return
	}
	choose "$check"
	[ ${#fast[@]} = 0 ] || jobs+=(fast)
	[ ${#slow[@]} = 0 ] || jobs+=(slow)
	step "$1: scenarios on $kver"
	[ ${#jobs[@]} = 0 ] || run_jobs "${jobs[@]}"
	for name in ${jobs[@]+"${jobs[@]}"}; do
		read -r p f s < <(tap_sum "$out/$name.tap")
		all=("$((all[0] + p))" "$((all[1] + f))" "$((all[2] + s))")
	done
	if [ "$check" = kasan ]; then
		tests/debug/coverage.py "$out/module" "$out"/vm/*/*/files/gcov >"$out/coverage" &&
			coverage=$(tail -n 1 "$out/coverage")
	fi
	rows+=("| $check | $kver | ${all[0]} / ${all[1]} / ${all[2]} | $coverage | $((SECONDS - since)) |")
	passed=$((passed + all[0])) failed=$((failed + all[1])) skipped=$((skipped + all[2]))
	if [ "$((all[0] + all[1]))" = 0 ]; then
		printf 'not ok - %s ran a scenario\n' "$1"
		failed=$((failed + 1))
	fi
}
for kernel in "${kernels[@]}"; do run_kernel "$kernel"; done

printf '\n| check | kernel | passed / failed / skipped | lines reached | seconds |\n| --- | --- | --- | --- | --- |\n'
printf '%s\n' "${rows[@]}"
step "logs are in build/debug/"
printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
[ "$failed" = 0 ]
exit
}
