#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Applies the patches of tests/planted/ one by one to a copy of the tree. Each patch plants one
# bug, and the test that its head names has to fail at the named point. The control runs the
# same tests on the unchanged tree, where these points have to pass. Prints TAP; ends with a
# count. Logs stay in build/planted/.
#
# usage: [PLANTED="NAME ..."] [VM_OPTIONS="OPTION ..."] tests/planted.sh
#   PLANTED      only these patches, without .patch
#   VM_OPTIONS   more options of tests/vm/run.sh, such as --slow 3

set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=tests/lib/steps.sh
source tests/lib/steps.sh
# shellcheck source=tests/lib/jobs.sh
source tests/lib/jobs.sh

only_help planted "$@"
read_vm_options planted
refuse() { printf 'planted: %s\n' "$*" >&2; exit 1; }
for name in KDIR BZIMAGE OUT; do
	[ -z "${!name:-}" ] || refuse "$name= has no effect here: the VM runs Debian's kernel"
done
mapfile -t planted < <(words "${PLANTED:-}")
if [ ${#planted[@]} = 0 ]; then
	for file in tests/planted/*.patch; do planted+=("$(basename "$file" .patch)"); done
fi

# The lines before the first "diff" or "---" of a patch are its head. It has the fields "test:",
# which is unit NAME, fuzz NAME, vm SCENARIO or vm-fallbacks SCENARIO (the module with all
# fallbacks), and "finds:", a part of the name of the point that has to fail.
head_field() { sed -n "/^\(diff\|---\) /q; s/^$2: *//p" "tests/planted/$1.patch"; }
declare -A kind_of=() test_of=() point_of=()
for name in "${planted[@]}"; do
	{ [[ $name =~ ^[a-z0-9_-]+$ ]] && [ -e "tests/planted/$name.patch" ]; } ||
		refuse "no patch tests/planted/$name.patch"
	read -r kind test < <(head_field "$name" test) || :
	case $kind in
	unit) file=$(printf '%s' "tests/unit/test_$test".*) ;;
	fuzz) file=tests/fuzz/fuzz_$test.c ;;
	vm | vm-fallbacks) file=$(scenario_file tests/vm/scenarios "$test") || : ;;
	*) refuse "$name.patch: the head needs a line 'test: unit|fuzz|vm|vm-fallbacks NAME'" ;;
	esac
	[ -e "$file" ] || refuse "$name.patch: no test $kind $test"
	kind_of[$name]=$kind test_of[$name]=$test point_of[$name]=$(head_field "$name" finds)
	[ -n "${point_of[$name]}" ] || refuse "$name.patch: the head needs a line 'finds: POINT'"
	! grep '^+++ ' "tests/planted/$name.patch" | grep -qvE '^\+\+\+ b/(src|tools)/' ||
		refuse "$name.patch: changes more than src/ and tools/"
done

# tests_of KIND: the tests of this kind, each once
tests_of() {
	local name
	for name in "${planted[@]}"; do
		[ "${kind_of[$name]}" != "$1" ] || printf '%s\n' "${test_of[$name]}"
	done | sort -u
}

need_root check-planted
fresh_out "$PWD/build/planted"

step "setup"
tests/setup.sh
# copy_tree DIR: the sources, and the tests that run on the host
copy_tree() {
	make --no-print-directory -s package-tree DIR="$1"
	tar -c --exclude=build tests/lib tests/unit tests/fuzz | tar -x -C "$1"
}
apply() { # NAME DIR [OPTION]
	patch -d "$2" -p1 --force --fuzz=0 --no-backup-if-mismatch ${3:+"$3"} <"tests/planted/$1.patch"
}

if [ -n "$(tests_of vm)$(tests_of vm-fallbacks)" ]; then
	kver=$(vm_kernel)
	tests/vm/root.sh "$kver" >/dev/null
	make --no-print-directory -C tests/packet OUT="$PWD/build/packet" >"$out/packet.log" 2>&1 ||
		{ tail -n 15 "$out/packet.log" >&2; refuse "the programs for the VM do not build"; }
	for kind in vm vm-fallbacks; do
		[ -z "$(tests_of "$kind")" ] || copy_tree "$out/module-$kind"
	done
fi

build_module() { # KIND
	local build=plain variables
	[ "$1" = vm ] || build=${1#vm-}
	read -ra variables < <(build_variables "$build" "/lib/modules/$kver/build")
	make --no-print-directory -C "$out/module-$1" module KDIR="/lib/modules/$kver/build" "${variables[@]}"
}
# module_with KIND [NAME]: builds $out/NAME.ko, without a name $out/control-KIND.ko. The builds
# of a kind take turns in one tree, so that a build compiles only the files of this patch and of
# the one before. Returns 2 if the patch does not apply.
module_with() {
	local name=${2:-control-$1}
	(
		flock 9
		[ $# = 1 ] || apply "$name" "$out/module-$1" || exit 2
		rc=0
		build_module "$1" || rc=1
		[ "$rc" != 0 ] || cp "$out/module-$1/src/wireguard.ko" "$out/$name.ko" || rc=1
		[ $# = 1 ] || apply "$name" "$out/module-$1" --reverse || rc=2
		exit "$rc"
	) 9>"$out/module-$1.lock" >"$out/$name.build" 2>&1 </dev/null
}
# tree_with NAME: makes $out/NAME, a copy of the tree with the patch. Returns 2 if the patch does
# not apply.
tree_with() {
	{ copy_tree "$out/$1" && { apply "$1" "$out/$1" || return 2; }; } >"$out/$1.build" 2>&1
}

# until_failed POINT vm ...: copies the TAP of a VM; ends the VM when this point has failed
until_failed() {
	local point=$1 line pid
	shift
	exec 5< <("$@")
	pid=$!
	while IFS= read -r line <&5; do
		printf '%s\n' "$line"
		case $line in "not ok "*"$point"*) kill "$pid" 2>/dev/null || :; break ;; esac
	done
	wait "$pid" || :
	exec 5<&-
}
# vm NAME SCENARIO...: replaces the shell, so it is called in a subshell
vm() {
	local name=$1
	shift
	exec tests/vm/run.sh --module "$out/$name.ko" --kernel "$kver" --limit 2400 --log "$out/vm/$name" \
		"$@" ${options[@]+"${options[@]}"} </dev/null
}
host_tests() { # KIND DIR NAME...
	case $1 in
	unit) make --no-print-directory -C "$2/tests/unit" check TESTS="${*:3}" ;;
	fuzz) make --no-print-directory -C "$2/tests/fuzz" check FUZZERS="${*:3}" SECONDS_EACH=30 ;;
	esac
}

# points_of FILE RESULT: the points of a TAP file with this result, without skips
points_of() { grep -E "^$2 ([0-9]+ )?- " "$1" | grep -vE '# (SKIP|TODO)' || :; }
# why_skipped NAME FILE: prints why the point of this patch, or its whole test, was skipped. Fails if
# the point ran, in one form of the test at least, or is not there.
why_skipped() {
	local skips ran
	skips=$(grep -E "^(not )?ok .* ${test_of[$1]}: " "$2" | grep '# SKIP') || return 1
	ran=$(points_of "$2" '(not )?ok' | grep -F -e " ${test_of[$1]}: ") || :
	! grep -qF -e "${point_of[$1]}" <<<"$ran" || return 1
	[ -z "$ran" ] || skips=$(grep -F -e "${point_of[$1]}" <<<"$skips") || return 1
	skips=${skips%%$'\n'*}
	printf '%s\n' "${skips##*# SKIP }"
}
# verdict NAME TAP LINE TEXT: the result for a patch. LINE is the point that decides, if there is
# one.
verdict() {
	local name=$1 tap=$2 reason
	if [ -n "$3" ]; then
		printf 'ok - %s\n#   %s\n' "$4" "$3"
	elif reason=$(why_skipped "$name" "$tap"); then
		printf 'ok - %s # SKIP %s\n' "$4" "$reason"
	else
		printf 'not ok - %s\n#   wanted: %s\n' "$4" "${point_of[$name]}"
		{ points_of "$tap" 'not ok'; tail -q -n 5 "$tap" "$tap.err"; } 2>/dev/null | head -n 20 | sed 's/^/#   /'
		printf '#   log: %s\n' "${tap#"$PWD/"}"
	fi
}

control() { # KIND
	local kind=$1 tap=$out/control-$1.log name tests line
	mapfile -t tests < <(tests_of "$kind")
	case $kind in
	vm*) module_with "$kind" && (vm "control-$kind" "${tests[@]}") ;;
	*) copy_tree "$out/control-$kind" && host_tests "$kind" "$out/control-$kind" "${tests[@]}" ;;
	esac >"$tap" 2>"$tap.err" || :
	for name in "${planted[@]}"; do
		[ "${kind_of[$name]}" = "$kind" ] || continue
		# A point such as "VM ran to its end" is printed only if it fails.
		line=
		points_of "$tap" 'not ok' | grep -qF -- "${point_of[$name]}" ||
			why_skipped "$name" "$tap" >/dev/null ||
			line=$(points_of "$tap" ok | grep -m 1 -F -e "${point_of[$name]}") ||
			line=$(points_of "$tap" ok | grep -m 1 -F -e " ${test_of[$name]}: ") || :
		verdict "$name" "$tap" "$line" "control: $name: $kind ${test_of[$name]} passes on the unchanged tree"
	done
}
# notices NAME: filters points that failed. A fuzzer notices a bug by an input that fails: one that
# takes too long or too much memory shows a busy machine.
notices() {
	case ${kind_of[$1]} in
	fuzz) grep -E "/failed-fuzz-${test_of[$1]}-(crash|leak)-" ;;
	*) cat ;;
	esac
}
plant() { # NAME
	local name=$1 kind=${kind_of[$1]} tap=$out/$1.log rc=0 reason line
	case $kind in
	vm*) module_with "$kind" "$name" || rc=$? ;;
	*) tree_with "$name" || rc=$? ;;
	esac
	if [ "$rc" != 0 ]; then
		reason='it does not build with the patch'
		[ "$rc" != 2 ] || reason='the patch does not apply'
		printf 'not ok - %s: %s\n' "$name" "$reason"
		{ grep -E 'FAILED|error|malformed' "$out/$name.build" || tail -n 5 "$out/$name.build"; } |
			head -n 5 | sed 's/^/#   /'
		return
	fi
	case $kind in
	vm*) until_failed "${point_of[$name]}" vm "$name" "${test_of[$name]}" ;;
	*) host_tests "$kind" "$out/$name" "${test_of[$name]}" ;;
	esac >"$tap" 2>"$tap.err" || :
	line=$(points_of "$tap" 'not ok' | notices "$name" | grep -m 1 -F -e "${point_of[$name]}") || :
	verdict "$name" "$tap" "$line" "$name: $kind ${test_of[$name]} notices the bug"
	rm -rf "${out:?}/$name"
}

stream() { # control-KIND | NAME
	case $1 in
	control-*) control "${1#control-}" ;;
	*) plant "$1" ;;
	esac >"$out/$1.tap" 2>"$out/$1.err"
}
# Two at a time on two processors: each compiles, or emulates two processors.
load() { echo 100; }
# Show all results at once, not only failures.
shown() { grep --line-buffered -E '^((not )?ok|#  )' || :; }

jobs=()
for kind in vm vm-fallbacks unit fuzz; do
	[ -z "$(tests_of "$kind")" ] || jobs+=("control-$kind")
done
jobs+=("${planted[@]}")
step "${#planted[@]} planted bugs"
run_jobs "${jobs[@]}"

passed=0 failed=0 skipped=0
for name in "${STREAMS[@]}"; do
	read -r p f s < <(tap_sum "$out/$name.tap")
	if [ "$((p + f + s))" = 0 ]; then
		printf 'not ok - %s: no result: %s\n' "$name" "$(tail -n 1 "$out/$name.err" 2>/dev/null)"
		f=1
	fi
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
done
step "logs are in build/planted/"
printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
[ "$failed" = 0 ]
