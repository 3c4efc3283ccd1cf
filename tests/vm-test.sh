#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Single VM scenarios, after an edit: builds the module and the programs for the
# VM, boots Debian's 6.1 with them, runs the scenarios and prints TAP. A failure ends
# with the path of its log and the line that runs it again. It runs without root
# where the VM's root is in the tests' cache or mmdebstrap's unshare mode works.
#
# usage: T="SCENARIO ..." [VM_OPTIONS="OPTION ..."] tests/vm-test.sh
#   T            scenarios; tests/vm/run.sh --list lists them
#   VM_OPTIONS   more options of tests/vm/run.sh, such as --dyndbg
#   CRYPTO, PROBE_OFF    of the module's build, as for make module
#   CHAOS_SEED, VM_ACCEL    of the VM, see tests/vm/run.sh --help

set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=tests/lib/steps.sh
source tests/lib/steps.sh

only_help vm-test "$@"
mapfile -t scenarios < <(words "${T:-}")
refuse() { printf 'vm-test: %s\n' "$*" >&2; exit 1; }
for name in KDIR BZIMAGE OUT; do
	[ -z "${!name:-}" ] || refuse "$name= has no effect: the VM runs Debian's kernel; make check KDIR=DIR BZIMAGE=FILE"
done
read_vm_options vm-test
is_seed "${CHAOS_SEED:-}" || refuse "the seed is not a number of up to nine digits: $CHAOS_SEED"
[ ${#scenarios[@]} != 0 ] || refuse 'no scenario: make vm-test T="device raw-send"; tests/vm/run.sh --list lists them'
# Fields at the head of a scenario name the build of the module and the kernel that it needs.
declare -A of_build=()
for name in "${scenarios[@]}"; do
	is_scenario "$name" || refuse "no scenario $name; tests/vm/run.sh --list lists them"
	[ -z "$(scenario_header "$name" kernel)" ] ||
		refuse "$name needs another kernel: make check-debug SCENARIOS=$name"
	build=$(scenario_header "$name" module)
	[ -z "$build" ] || [ -z "${PROBE_OFF:-}" ] || refuse "$name needs a module of its own: leave out PROBE_OFF="
	of_build[${build:-plain}]+=" $name"
done
[ -z "${CHAOS_SEED:-}" ] || tests/vm/lib/chaos.py check "${scenarios[@]}"

out=$PWD/build/vm-test
take_out "$out"
tests/setup.sh
kver=$(vm_kernel)
kdir=/lib/modules/$kver/build

# built LOG COMMAND...
built() {
	local log=$out/$1
	shift
	"$@" >"$log" 2>&1 || { grep -E -m 5 'error|wireguard: ' "$log" >&2 || tail -n 15 "$log" >&2; refuse "FAILED: the log: $log"; }
}

failed=() logs=() late='' slow=1
for build in "${!of_build[@]}"; do
	read -ra names <<<"${of_build[$build]}"
	read -ra variables < <(build_variables "$build" "$kdir") || refuse "no build $build of the module"
	[ -z "${CRYPTO:-}" ] || variables+=("CRYPTO=$CRYPTO")
	[ -z "${PROBE_OFF:-}" ] || variables+=("PROBE_OFF=$PROBE_OFF")
	step "building the module for $kver, $build: ${variables[*]}"
	built "build-$build.log" make --no-print-directory module KDIR="$kdir" OUT="$out/module-$build" "${variables[@]}"
	built packet.log make --no-print-directory -C tests/packet OUT="$PWD/build/packet"
	step "the VM: ${names[*]}"
	rm -rf "${out:?}/$build"
	rc=0
	tests/vm/run.sh --module "$out/module-$build/wireguard.ko" --kernel "$kver" --limit 2400 --slow 2 \
		--log "$out/$build" "${names[@]}" ${options[@]+"${options[@]}"} </dev/null | tee "$out/$build.tap" || rc=$?
	[ "$rc" != 0 ] || continue
	mapfile -t bad < <(failed_scenarios "$out/$build.tap" "${names[@]}")
	failed+=("${bad[@]}")
	logs+=("$out/$build.tap")
	! grep -qE '^not ok .*finished within [0-9]+ s$' "$out/$build.tap" || late=1
	for name in "${bad[@]}"; do
		mapfile -t found < <(find "$out/$build" -path "*/files/$name.log")
		logs+=(${found[@]+"${found[@]}"})
	done
	mapfile -t found < <(find "$out/$build" -name kernel.log)
	logs+=(${found[@]+"${found[@]}"})
done
step "done"
[ ${#failed[@]} != 0 ] || exit 0
printf 'vm-test: FAILED: %s; the logs:\n' "${failed[*]}"
printf '  %s\n' "${logs[@]#"$PWD/"}"
if [ "$late" ]; then
	for ((i = 1; i < ${#options[@]}; i++)); do [ "${options[i - 1]}" != --slow ] || slow=${options[i]}; done
	printf 'vm-test: a time limit passed; on a slow or busy machine raise all limits by VM_OPTIONS="--slow %d"\n' $((slow * 3))
fi
# quoted WORD: as one word for a shell, in quotes if it needs them
quoted() { case $1 in *[!A-Za-z0-9_.-]*) printf '%s' "${1@Q}" ;; *) printf '%s' "$1" ;; esac; }
again="make vm-test T=$(quoted "${failed[*]}")"
[ ${#options[@]} = 0 ] || again+=" VM_OPTIONS=$(quoted "${options[*]}")"
for name in CRYPTO PROBE_OFF CHAOS_SEED VM_ACCEL; do
	[ -z "${!name:-}" ] || again+=" $name=$(quoted "${!name}")"
done
printf 'vm-test: to run it again: %s\n' "$again"
exit 1
