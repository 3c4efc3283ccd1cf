#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The whole check: unit tests, static checks, fuzzers, the module's builds, also for other
# architectures, the package in a Debian root, the VM scenarios with each build,
# interoperability and the public self-test.
# Everything prints TAP; the last line sums it up.  Logs stay in build/check/.
#
# usage: [KDIR=DIR BZIMAGE=FILE] [CHAOS_SEED=N] [VM_OPTIONS="OPTION ..."] tests/check.sh [--quick]
#   --quick   without static checks, fuzzers, the package and the scenarios that take
#             minutes of waiting
#   KDIR      test on the kernel that was built in this tree, not on Debian's 6.1;
#             other variables of make (CC=...) are for the module's build
#   BZIMAGE   that kernel's image, arch/x86/boot/bzImage in the tree
#   CHAOS_SEED  draws a third of the fast scenarios, and environments for them; default: a
#             new seed
#   VM_OPTIONS  more options of tests/vm/run.sh for all scenarios, such as --slow 4

set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=tests/lib/steps.sh
source tests/lib/steps.sh
# shellcheck source=tests/lib/jobs.sh
source tests/lib/jobs.sh
# shellcheck source=tests/lib/strict.sh
source tests/lib/strict.sh

quick=
if [ "${1:-}" = --quick ]; then
	quick=1
	shift
fi
only_help check "$@"
read_vm_options check
# Environments that are drawn have their own.
case " ${options[*]} " in
*" --smp "* | *" --systemd "*) echo 'check: VM_OPTIONS= cannot have --smp or --systemd here' >&2; exit 1 ;;
esac
tree=${KDIR:-} image=${BZIMAGE:-}
case ${tree:+tree}${image:+image} in
tree) echo 'check: KDIR= without BZIMAGE=: name the image of that kernel, too' >&2; exit 1 ;;
image) echo 'check: BZIMAGE= without KDIR=: name the tree in which the image was built, too' >&2; exit 1 ;;
esac
# For the scenarios that are drawn only: run.sh gets it by an option.
seed=${CHAOS_SEED:-$(fresh_seed)}
unset CHAOS_SEED
is_seed "$seed" || { printf 'check: the seed is not a number of up to nine digits: %s\n' "$seed" >&2; exit 1; }
need_root check

fresh_out "$PWD/build/check"

passed=0 failed=0 skipped=0 rows=0 varied_failed=() counted=()

# Adds the TAP points of a file.
count() {
	local p f s
	counted+=("$1")
	read -r p f s < <(tap_sum "$1")
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
	rows=$((rows + $(tap_rows "$1")))
	if [ "$((p + f + s))" = 0 ]; then
		printf 'not ok - %s printed no test points\n' "$1"
		failed=$((failed + 1))
	fi
}

# failures FILE...: prints the failed points of TAP files, each with the first six lines of its
# diagnostics. The lines are not TAP, since they are a repetition.
failures() {
	awk '
		/^(not )?ok / { lines = 0 }
		/^not ok / && !/# TODO/ { lines = 7; sub(/^not ok ([0-9]+ )?- /, "failed: ") }
		lines > 0 && (/^failed: / || /^#  /) { print; lines-- }' "$@"
}

summary() {
	times_of ${STREAMS[@]+"${STREAMS[@]}"}
	if [ "$failed" != 0 ]; then
		step "the failures once more"
		failures "${counted[@]}"
	fi
	step "logs are in build/check/"
	printf '%d of those passed are checks, %d are rows of tables of raw sends\n' \
		"$((passed - rows))" "$rows"
	if [ ${#varied_failed[@]} != 0 ]; then
		printf 'with CHAOS_SEED=%s failed: %s; to repeat: make check-chaos CHAOS_SEED=%s SCENARIOS="%s"\n' \
			"$seed" "${varied_failed[*]}" "$seed" "${varied_failed[*]}"
	fi
	printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
	[ "$failed" = 0 ]
}

step "setup"
attended tests/setup.sh
root_kver=$(vm_kernel)
kver=$root_kver kdir=/lib/modules/$root_kver/build vm_options=(--kernel "$root_kver")
host_make=(make --no-print-directory)
if [ -n "$tree" ]; then
	kdir=$(realpath "$tree")
	attended tests/vm/kernel.sh --tree "$kdir" "$image" >"$out/kernel.path"
	kernel=$(<"$out/kernel.path")
	kver=$(cat "$kernel/kver")
	vm_options+=(--kernel-dir "$kernel")
	# The compiler that was named is the kernel's.
	host_make=(env -u MAKEFLAGS -u CC -u HOSTCC -u LLVM -u ARCH -u CROSS_COMPILE
		-u HOSTCFLAGS "${host_make[@]}")
fi

# The root can be made while the compiler works.
set -m
tests/vm/root.sh "$root_kver" >"$out/root.path" </dev/null &
root_pid=$!
set +m

# tap_point NAME LOG COMMAND...: prints one test point, with the end of the command's output if
# it fails.
tap_point() {
	local name=$1 log=$2
	shift 2
	if "$@" >"$log" 2>&1; then
		printf 'ok - %s\n' "$name"
	else
		printf 'not ok - %s\n' "$name"
		tail -n 15 "$log" | sed 's/^/#   /'
		return 1
	fi
}
no_warnings() { # LOG DIR
	local found
	found=$(our_warnings "$1" "$2")
	printf '%s\n' "$found"
	[ -z "$found" ]
}
# build NAME: builds the module with the variables of that build, at W=1. TAP. lint.sh, if it runs,
# reads two of the builds.
build() {
	local name=$1 variables strict=()
	read -ra variables < <(build_variables "$name" "$kdir")
	# VMs get no debug information. A kernel of the user may make BTF of it.
	[ -n "$tree" ] || strict=(KCFLAGS=-g0)
	case $quick$tree/$name in
	/plain | /fallbacks) strict_options "$kdir" ;;
	esac
	tap_point "module builds, $name: ${variables[*]}" "$out/build-$name.log" make --no-print-directory \
		module KDIR="$kdir" OUT="$out/$name" W=1 "${variables[@]}" ${strict[@]+"${strict[@]}"} || return 0
	tap_point "no warnings at W=1, $name" "$out/warnings-$name.log" \
		no_warnings "$out/build-$name.log" "$out/$name" || :
}

step "building the module for $kver"
shown_build() { build "$1" | tee "$out/build-$1.tap"; }
for name in plain fallbacks; do
	attended shown_build "$name"
	count "$out/build-$name.tap"
done
[ -e "$out/plain/wireguard.ko" ] || { summary; exit 1; }
step "programs for the VM"
programs() {
	tap_point "tests/packet builds" "$out/packet.log" \
		"${host_make[@]}" -C tests/packet OUT="$PWD/build/packet" | tee "$out/packet.tap" || :
}
attended programs
count "$out/packet.tap"

step "the VM's root"
wait "$root_pid" || { printf 'not ok - the VM has a root\n'; failed=$((failed + 1)); summary; exit 1; }

tap_to() { # NAME COMMAND...: a program that prints TAP
	local name=$1
	shift
	tap_run "$name" "$out/$name.tap" "$@"
}
# vm NAME BUILD SCENARIO...: a TAP stream into NAME.tap. Compilers run beside VMs and make their
# clocks jump, so the time limits are doubled.
vm() {
	local name=$1 ko=$out/$2/wireguard.ko
	shift 2
	[ -e "$ko" ] || { printf 'not ok - %s: there is no %s\n' "$name" "$ko" >"$out/$name.tap"; return; }
	tap_to "$name" tests/vm/run.sh --module "$ko" "${vm_options[@]}" \
		--log "$out/vm/$name" --limit 3600 --slow 2 "$@" ${options[@]+"${options[@]}"}
}

# The scenarios. Each slow one is a job. The fast ones are cut into
# four jobs, so that both processors stay busy until the end and few VMs have to boot. On
# Debian's kernel a third of the fast ones runs in varied environments only.
fast=() slow=()
list=$(tests/vm/run.sh --list)
while read -r name; do
	# For a module or a kernel of its own.
	[ -z "$(scenario_header "$name" module)$(scenario_header "$name" kernel)" ] || continue
	case $(scenario_header "$name" speed) in
	slow) slow+=("$name") ;;
	soak) ;; # long: for the matrix, check-debug and soak.sh
	*) fast+=("$name") ;;
	esac
done <<<"$list"
varied=()
if [ -z "$tree" ]; then
	# An assignment, since set -e does not apply to a process substitution.
	list=$(tests/vm/lib/chaos.py third "$seed" "${fast[@]}")
	[ -z "$list" ] || mapfile -t varied <<<"$list"
	mapfile -t fast < <(printf '%s\n' "${fast[@]}" | grep -vxFf <(printf '%s\n' "${varied[@]}"))
fi
each=$(((${#fast[@]} + 3) / 4))
varied_each=$(((${#varied[@]} + 1) / 2))

stream() { # NAME
	case $1 in
	unit) tap_to unit "${host_make[@]}" -C tests/unit check ;;
	build-*) build "${1#build-}" >"$out/$1.tap" ;;
	arch) tap_to arch tests/arch/build.sh --log "$out/arch" arm64/6.1 armhf/6.12 i386/6.1 ;;
	lint) tap_to lint tests/lint.sh --made "$out" "$kdir" ;;
	fuzz) tap_to fuzz "${host_make[@]}" -C tests/fuzz check SECONDS_EACH=10 ;;
	package-build) tap_to package-build tests/package/build.sh --log "$out/package-build" ;;
	package) tap_to package tests/package/run.sh --log "$out/package" bookworm ;;
	package-boot) tap_to package-boot tests/package/run.sh --log "$out/package-boot" --boot bookworm ;;
	limits) vm limits limits limits ;;
	# With the kernel's crypto library, if it has one.
	fallbacks)
		vm fallbacks fallbacks --env RAW_FORMS=distinct device netlink handshake replay cookie \
			traffic simd namespace control-block raw-send raw-table
		;;
	control) vm control control raw-control ;;
	slow-*) vm "$1" plain "${1#slow-}" ;;
	varied-*) vm "$1" plain --chaos "$seed" "${varied[@]:${1#*-} * varied_each:varied_each}" ;;
	scenarios-*) vm "$1" plain "${fast[@]:${1#*-} * each:each}" ;;
	esac
}

# A VM uses about 50 to 60 % of a processor. With more than three VMs on two processors their clocks
# jump. What compiles waits for the disk and for single programs, too: on two processors it is one
# job beside three VMs, and does not take the place of one.
load() {
	case $1 in
	unit | lint | arch | fuzz | package | package-build) echo $(($(nproc) > 2 ? 80 : 20)) ;;
	*) echo 60 ;;
	esac
}

# The longest first, so that both processors stay busy until the end. The tests of the package and
# the static checks need Debian's kernel only. package-boot finds most objects in the compiler cache
# if package has begun some minutes before.
on_host=(unit)
[ -n "$quick$tree" ] || on_host=(package lint unit fuzz arch package-build)
jobs=("${on_host[*]}")
[ "$(nproc)" -le 2 ] || jobs=("${on_host[@]}")
[ -n "$quick" ] || jobs+=("${slow[@]/#/slow-}")
for ((n = 0; n * varied_each < ${#varied[@]}; n++)); do jobs+=("varied-$n"); done
[ -n "$quick$tree" ] || jobs+=(package-boot)
for ((n = 0; n * each < ${#fast[@]}; n++)); do jobs+=("scenarios-$n"); done
jobs+=(fallbacks "build-limits limits" "build-control control")
[ ${#varied[@]} = 0 ] || step "with CHAOS_SEED=$seed: ${varied[*]}"
step "static checks, fuzzers, the package and VMs, side by side; failures are printed as they occur"
run_jobs "${jobs[@]}"
for name in "${STREAMS[@]}"; do
	count "$out/$name.tap"
	case $name in
	varied-*) ;;
	*) continue ;;
	esac
	read -r _ f _ < <(tap_sum "$out/$name.tap")
	[ "$f" = 0 ] || mapfile -t -O "${#varied_failed[@]}" varied_failed < \
		<(failed_scenarios "$out/$name.tap" "${varied[@]:${name#*-} * varied_each:varied_each}")
done
summary
