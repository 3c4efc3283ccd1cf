#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Runs the check on every kernel of tests/kernels.list: builds the module for it in a
# root of its suite, with that suite's compiler, boots the kernel in a VM and runs the
# scenarios. Then tests the package in a root of each suite. Ends with a table, which
# is also written to build/matrix/results.md, and a count. Logs stay in build/matrix/.
#
# usage: [KERNELS="6.1 7.3"] [SCENARIOS="device raw-table"] [MINUTES=10] tests/matrix.sh [--build | --list]
#   --build     build for the kernels, boot none
#   --list      list the kernels, build none
#   KERNELS     only kernels with these prefixes, up to a dot or dash, and no package tests
#   SCENARIOS   only these, on each kernel
#   MINUTES     length of the scenario soak

set -euo pipefail

# In braces, so that bash reads the whole script first: an edit during the run, which
# takes hours, has no effect.
{
die() { printf 'matrix: %s\n' "$*" >&2; exit 1; }

cd "$(dirname "$0")/.."
# shellcheck source=tests/lib/steps.sh
source tests/lib/steps.sh
# shellcheck source=tests/lib/jobs.sh
source tests/lib/jobs.sh
# shellcheck source=tests/lib/archive.sh
source tests/lib/archive.sh

mode=all
case ${1:-} in
--build) mode=build; shift ;;
--list) mode=list; shift ;;
esac
only_help matrix "$@"
read -ra only_kernels <<<"${KERNELS:-}"
mapfile -t only_scenarios < <(words "${SCENARIOS:-}")
minutes=${MINUTES:-10}
[[ $minutes =~ ^[1-9][0-9]{0,4}$ ]] || die "MINUTES= is a whole number from 1 to 99999: $minutes"
unset CHAOS_SEED
need_root check-matrix

# Other flavours have the cloud kernel's code with another configuration. They run only
# the scenarios that depend on the configuration. All scenarios would take about 15 minutes
# more for each flavour.
short=(device netlink handshake replay cookie traffic raw-send raw-table namespace unload)
# The scenarios that also run with the cryptography that CRYPTO=auto does not take, as in check.sh.
other=(device handshake replay cookie traffic)
for name in ${only_scenarios[@]+"${only_scenarios[@]}"}; do
	is_scenario "$name" || die "no scenario $name: tests/vm/run.sh --list lists them"
done

out=$PWD/build/matrix
# shellcheck disable=SC2317 # called by the trap
finish() {
	end_groups
	rm -rf "$out/unpacked"
}

# --- the kernels

# kernels: the releases, in the order of the list. The other arrays have a release as key.
kernels=()
declare -A flavour_of suite_of lists_of base_of version_of boots
missing=()

# newest LISTS SERIES FLAVOUR: prints the release of the newest kernel
newest() {
	archive_cache "$1" pkgnames "linux-headers-$2." |
		grep -E "^linux-headers-${2//./\\.}\.[^-]+(-[0-9][^-]*)?-$3\$" |
		sed 's/^linux-headers-//' | sort -V | tail -n1
}

selected() { # RELEASE
	local prefix
	[ ${#only_kernels[@]} != 0 ] || return 0
	for prefix in "${only_kernels[@]}"; do
		case $1 in "$prefix" | "$prefix".* | "$prefix"-*) return 0 ;; esac
	done
	return 1
}

read_list() {
	local series suite base flavours flavour release package foreign
	declare -A updated=()
	while read -r series suite base flavours; do
		case $series in '' | '#'*) continue ;; esac
		foreign=$(case $flavours in *686*) echo /i386 ;; esac)
		if [ -z "${updated[$suite$foreign]:-}" ]; then
			updated[$suite$foreign]=1
			archive_update "$suite$foreign" || {
				missing+=("the package list of $suite can be downloaded")
				continue
			}
		fi
		for flavour in $flavours; do
			package=${flavour//[\[\]]/}
			release=$(newest "$suite$foreign" "$series" "$package") || :
			if [ -z "$release" ]; then
				missing+=("$series $package is in $suite")
				continue
			fi
			flavour_of[$release]=$package
			suite_of[$release]=$suite lists_of[$release]=$suite$foreign
			base_of[$release]=$base boots[$release]=1
			package=linux-headers-$release
			case $flavour in
			'['*) boots[$release]='' ;;
			esac
			case $flavour in *686*) package+=:i386 ;; esac
			version_of[$release]=$package=$(archive_field "$suite$foreign" "$package" Version)
			kernels+=("$release")
		done
	done <tests/kernels.list
}

# --- roots and builds

# make_root BASE: makes the root of a suite for builds. The root has all kernels of the list,
# so that its hash does not depend on the selection.
declare -A root_of=()
make_root() { # BASE
	local base=$1 release suite packages=() suites=("$1") foreign=''
	for release in "${kernels[@]}"; do
		[ "${base_of[$release]}" = "$base" ] || continue
		packages+=("${version_of[$release]}")
		suite=${suite_of[$release]}
		case ${version_of[$release]} in *:i386=*) foreign+=" $suite " ;; esac
		case " ${suites[*]} " in
		*" $suite "*) ;;
		*) suites+=("$suite") ;;
		esac
	done
	# Only suites with an i386 kernel need the i386 lists.
	for release in "${!suites[@]}"; do
		case $foreign in *" ${suites[release]} "*) suites[release]+=/i386 ;; esac
	done
	root_of[$base]=$(tests/build-root.sh "${suites[*]}" "${packages[@]}")/root
}

# in_root ROOT COMMAND...: runs the command in the root, with the sources, read-only, at
# /tmp/wireguard and the results' folder at /tmp/out. The mounts are in a namespace of
# their own and end with it.
in_root() {
	local root=$1
	shift
	# shellcheck disable=SC2016 # for the inner shell
	unshare --mount --pid --fork --kill-child --propagation private bash -euc '
		root=$1 source=$2 out=$3
		shift 3
		mount --bind "$root" "$root"
		mount -o remount,bind,ro "$root"
		mount -t proc proc "$root/proc"
		mount -t tmpfs tmp "$root/tmp"
		mkdir "$root/tmp/wireguard" "$root/tmp/out"
		mount --bind -o ro "$source" "$root/tmp/wireguard"
		mount --bind "$out" "$root/tmp/out"
		exec chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/ LC_ALL=C.UTF-8 "$@"
		' bash "$root" "$out/source" "$out" "$@"
}

declare -A passed=() failed=() skipped=() seconds=() built=() compiler=()
note() { # RELEASE, then ok or not ok and the rest of a TAP line
	local release=$1
	shift
	case $1 in
	ok) passed[$release]=$((passed[$release] + 1)) ;;
	*) failed[$release]=$((failed[$release] + 1)); printf '%s\n' "$*" ;;
	esac
}

build() { # RELEASE
	local release=$1 name crypto dir log since=$SECONDS found
	for name in auto other; do
		crypto=$name
		if [ "$name" = other ]; then
			case ${flavour_of[$release]} in *686*) crypto=vendored ;; *) crypto=kernel ;; esac
		fi
		dir=$out/$release/$name log=$out/$release/build-$name.log
		mkdir -p "$dir"
		if ! in_root "${root_of[${base_of[$release]}]}" make --no-print-directory -C /tmp/wireguard \
			module KDIR="/lib/modules/$release/build" OUT="/tmp/out/$release/$name" \
			CRYPTO="$crypto" W=1 >"$log" 2>&1 </dev/null || [ ! -s "$dir/wireguard.ko" ]; then
			note "$release" not ok - "$release: module builds, CRYPTO=$crypto"
			{ grep -E -m 10 'error|^wireguard:' "$log" || tail -n 10 "$log"; } |
				sed "s,/tmp/out/$release/$name/,,; s/^/#   /"
			continue
		fi
		note "$release" ok
		built[$release]+=" $name"
		sed "s,/tmp/out,$out," "$log" >"$log.here"
		found=$(our_warnings "$log.here" "$dir")
		rm "$log.here"
		if [ -z "$found" ]; then
			note "$release" ok
		else
			note "$release" not ok - "$release: no warnings at W=1, CRYPTO=$crypto"
			printf '%s\n' "$found" | sed "s,$dir/,,; s/^/#   /" | head -n 10
		fi
		compiler[$release]=$(readelf -p .comment "$dir/wireguard.ko" |
			sed -n 's/.*GCC: (.*) \([0-9]*\)\..*/gcc \1/p' | sort -u)
	done
	seconds[$release]=$((SECONDS - since))
	printf 'matrix: %s: built%s with %s (%d s)\n' "$release" "${built[$release]:- nothing}" \
		"${compiler[$release]:-?}" "${seconds[$release]}"
}

# --- kernels to boot

# get_kernel RELEASE: prepares the kernel for VMs and writes its folder to the file "folder", with
# status 2 if the archive lists a package but no longer has it. Prints what goes wrong.
get_kernel() {
	local release=$1 lists=${lists_of[$1]} id packages=() since=$SECONDS size file rc=0
	id=linux-image-$release=$(archive_field "$lists" "linux-image-$release" Version)
	if tests/vm/kernel.sh --package "$id" >"$out/$release/folder"; then return; fi
	# Since 7.2 the image package has no files and depends on packages that do.
	mapfile -t packages < <(archive_field "$lists" "linux-image-$release" Depends |
		grep -oE "linux-(base|binary|modules)-[^ ]*" | grep -F -- "-$release")
	rm -rf "$out/unpacked"
	mkdir -p "$out/unpacked"
	archive_download "$lists" "$out/unpacked" "linux-image-$release" ${packages[@]+"${packages[@]}"} \
		2>"$out/$release/kernel.log" || rc=$?
	if [ "$rc" != 0 ]; then
		sed 's/^/#   /' "$out/$release/kernel.log"
		return "$rc"
	fi
	size=$(du -cm "$out"/unpacked/*.deb | awk 'END { print $1 }')
	printf '# matrix: %s: image and modules, %d MB, downloaded in %d s\n' "$release" "$size" \
		"$((SECONDS - since))"
	for file in "$out"/unpacked/*.deb; do dpkg-deb -x "$file" "$out/unpacked/files" || return 1; done
	tests/vm/kernel.sh --package "$id" "$out/unpacked/files" >"$out/$release/folder" \
		2>"$out/$release/kernel.log" || {
		tail -n 1 "$out/$release/kernel.log" | sed 's/^/#   /'
		return 1
	}
	rm -rf "$out/unpacked"
}

# --- the streams of a kernel: its download, and one for each VM. RELEASE/NAME is the file
# RELEASE/NAME.tap in build/matrix/.

# The scenarios of each VM, and the VMs of each kernel.
declare -A vm_scenarios=() vms_of=()

# is_fetching: whether kernels may still arrive. One job fetches all of them, in one process, whose
# id is in the file "fetching" from the start of the first download.
is_fetching() { [ ! -e "$out/fetching" ] || kill -0 "$(<"$out/fetching")" 2>/dev/null; }

stream() { # RELEASE/NAME
	local release=${1%/*} name=${1##*/} polls
	case $name in
	kernel) fetch "$release" ;;
	*)
		# The kernels are fetched in the order of the list while VMs run.
		for ((polls = 0; polls < 4 * 3600; polls++)); do
			if [ -e "$out/$release/fetched" ] || ! is_fetching; then break; fi
			sleep 1
		done
		if [ ! -e "$out/$release/fetched" ]; then
			printf 'not ok - %s: %s: its kernel was not fetched: %s\n' "$release" "$name" \
				'the job that fetches the kernels ended early or took more than four hours' >>"$out/$1.tap"
		elif [ -s "$out/$release/folder" ]; then
			vm "$release" "$name"
		fi
		;;
	esac
	ended "$release" "$name"
}

# A download needs no processor. Two VMs a processor would make their clocks jump.
load() {
	case $1 in
	*/kernel) echo 0 ;;
	*) echo 100 ;;
	esac
}

# Progress lines of the VMs do not name the kernel.
shown() { grep --line-buffered -E '^(not ok|# matrix: |#  )' | grep --line-buffered -v '^not ok.*# TODO' || :; }

fetch() { # RELEASE
	local release=$1 rc=0 tap=$out/$1/kernel.tap
	[ -e "$out/fetching" ] || { echo "$BASHPID" >"$out/fetching.new" && mv "$out/fetching.new" "$out/fetching"; }
	get_kernel "$release" >>"$tap" || rc=$?
	case $rc in
	0) ;;
	2) printf 'ok - %s: boots # SKIP the archive no longer has its image\n' "$release" >>"$tap" ;;
	*) printf 'not ok - %s: the kernel can be downloaded and prepared for the VM\n' "$release" >>"$tap" ;;
	esac
	[ "$rc" = 0 ] || rm -f "$out/$release/folder"
	: >"$out/$release/fetched"
}

vm() { # RELEASE NAME
	local release=$1 name=$2 tap=$out/$1/$2.tap output=$out/$1/$2.output since=$SECONDS rc=0
	local module scenarios
	read -ra scenarios <<<"${vm_scenarios[$release/$name]}"
	case $name in
	self-test-in-tree) module=(--in-tree) ;;
	other) module=(--module "$out/$release/other/wireguard.ko") ;;
	*) module=(--module "$out/$release/auto/wireguard.ko") ;;
	esac
	tests/vm/run.sh "${module[@]}" --kernel "$root_kver" --kernel-dir "$(cat "$out/$release/folder")" \
		--log "$out/$release/vm/$name" --limit "$((3600 + 120 * minutes))" --env "MINUTES=$minutes" \
		"${scenarios[@]}" 2>&1 </dev/null | tee "$output" |
		# For comparison only: the in-tree module's points are not counted.
		if [ "$name" = self-test-in-tree ]; then cat >/dev/null; else
			sed -u -E "s/^((not )?ok( [0-9]+)? - )/\\1$release: /" >>"$tap"
		fi || rc=$?
	echo "$((SECONDS - since))" >"$out/$release/$name.seconds"
	[ "$name" != self-test-in-tree ] || return 0
	if [ -z "$(tap_failures "$tap")" ] && { [ "$rc" != 0 ] || ! grep -q '^ok' "$tap"; }; then
		printf 'not ok - %s: %s: run.sh ended with %d: %s\n' "$release" "$name" "$rc" "$(tail -n1 "$output")" >>"$tap"
	fi
}

# ended RELEASE NAME: reports the kernel when its last stream ends.
ended() {
	local release=$1
	(
		flock 8
		printf '%s\n' "$2" >>"$out/$release/ended"
		[ "$(wc -l <"$out/$release/ended")" != "$((1 + $(wc -w <<<"${vms_of[$release]}")))" ] || report "$release"
	) 8>"$out/lock"
}

self_result() { # RELEASE NAME
	local output=$out/$1/$2.output
	if [ ! -e "$output" ]; then
		echo -
	elif grep -q '^ok .*netns.sh.*# SKIP' "$output"; then
		echo skipped
	elif grep -q '^ok .*netns.sh' "$output"; then
		echo "passes, $(sed -n 's/^# selftest: \([0-9]*\).*/\1/p' "$output") s"
	else
		echo fails
	fi
}

is_booted() { grep -qs '^# guest: up' "$out/$1"/*.output; }

# add_streams RELEASE: adds the points of the kernel's streams and the seconds of its VMs to those
# of its builds.
add_streams() {
	local release=$1 name p f s fetched=1
	for name in kernel ${vms_of[$release]:-}; do
		[ -e "$out/$release/$name.tap" ] || continue
		read -r p f s < <(tap_sum "$out/$release/$name.tap")
		# A kernel that was prepared has no points of its own. One that could not be prepared
		# has no VMs, so their points are not missing.
		if [ "$name" = kernel ]; then
			[ "$((f + s))" = 0 ] || fetched=''
		elif [ -n "$fetched" ] && [ "$((p + f + s))" = 0 ]; then
			printf 'not ok - %s/%s printed no test points\n' "$release" "$name"
			f=1
		fi
		passed[$release]=$((passed[$release] + p)) failed[$release]=$((failed[$release] + f))
		skipped[$release]=$((skipped[$release] + s))
		[ ! -e "$out/$release/$name.seconds" ] ||
			seconds[$release]=$((seconds[$release] + $(<"$out/$release/$name.seconds")))
	done
}

# report RELEASE: called in a process of its own, whose sums are lost.
report() {
	add_streams "$1"
	printf '[%d/%d] %s: %s; %d passed, %d failed, %d skipped (%d s; at %d s)\n' \
		"$(printf '%s\n' "$1" >>"$out/reported"; wc -l <"$out/reported")" \
		"${#chosen[@]}" "$1" "$(if is_booted "$1"; then echo booted; else echo "not booted"; fi)" \
		"${passed[$1]}" "${failed[$1]}" "${skipped[$1]}" "${seconds[$1]}" "$((SECONDS - started))"
}

# choose RELEASE: sets selection to the kernel's scenarios, by flavour, and selection_of.
declare -A selection_of=()
choose() { # RELEASE
	local release=$1 name
	if [ ${#only_scenarios[@]} != 0 ]; then
		selection=("${only_scenarios[@]}")
		selection_of[$release]=${only_scenarios[*]}
	elif [ "${flavour_of[$release]}" = cloud-amd64 ]; then
		selection=()
		while read -r name; do
			# Leave out scenarios that need a module or a kernel of their own.
			[ -n "$(scenario_header "$name" module)$(scenario_header "$name" kernel)" ] || selection+=("$name")
		done < <(tests/vm/run.sh --list)
		selection_of[$release]=all
	else
		selection=("${short[@]}")
		selection_of[$release]=short
	fi
}

# plan_vms RELEASE: adds the kernel's streams to downloads and jobs.
downloads='' jobs=()
plan_vms() {
	local release=$1 name selection=() fast=() slow=() soak=() selftest=() again=()
	choose "$release"
	for name in "${selection[@]}"; do
		if [ "$name" = selftest ]; then
			selftest=("$name")
		else
			case $(scenario_header "$name" speed) in
			slow) slow+=("$name") ;;
			soak) soak+=("$name") ;;
			*) fast+=("$name") ;;
			esac
		fi
	done
	for name in "${other[@]}"; do
		case " ${selection[*]} " in *" $name "*) again+=("$name") ;; esac
	done
	case ${built[$release]} in *other*) ;; *) again=() ;; esac
	[ "${flavour_of[$release]}" = cloud-amd64 ] || again=()
	downloads+=" $release/kernel"
	vms_of[$release]=''
	plan_vm "$release" scenarios ${fast[@]+"${fast[@]}"}
	plan_vm "$release" slow ${slow[@]+"${slow[@]}"}
	plan_vm "$release" soak ${soak[@]+"${soak[@]}"}
	plan_vm "$release" other ${again[@]+"${again[@]}"}
	plan_vm "$release" self-test ${selftest[@]+"${selftest[@]}"}
	plan_vm "$release" self-test-in-tree ${selftest[@]+"${selftest[@]}"}
}
plan_vm() { # RELEASE NAME SCENARIO...
	local release=$1 name=$2
	shift 2
	[ $# != 0 ] || return 0
	vm_scenarios[$release/$name]=$*
	vms_of[$release]+=" $name"
	jobs+=("$release/$name")
}

# --- the table

package_passed=0 package_failed=0 package_skipped=0
row() { # RELEASE
	local release=$1 self=-
	case ${vms_of[$release]:-} in
	*self-test*) self="$(self_result "$release" self-test) / $(self_result "$release" self-test-in-tree)" ;;
	esac
	printf '| %s | %s | %s | %s | %s | %d / %d / %d | %s | %s | %d | %s |\n' "$release" \
		"${suite_of[$release]}" "${compiler[$release]:--}" \
		"$(case ${built[$release]:-} in ' auto other') echo yes ;; '') echo no ;; *) echo "only${built[$release]}" ;; esac)" \
		"$(if [ -z "${boots[$release]}" ] || [ "$mode" = build ]; then echo -; elif is_booted "$release"; then echo yes; else echo no; fi)" \
		"${passed[$release]}" "${failed[$release]}" "${skipped[$release]}" \
		"$self" "${selection_of[$release]:--}" "${seconds[$release]}" "$(date -u +%F)"
}

table_head='| kernel | from | compiler | built | booted | passed / failed / skipped | self-test: ours / in-tree | scenarios | seconds | date |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |'

# The table is for the notes of a release. docs/KERNELS.md has no results.
write_table() {
	local release
	{
		printf '%s\n' "$table_head"
		for release in "${chosen[@]}"; do row "$release"; done | sort -V
		printf '\nThe short selection: %s.\n' "${short[*]}"
	} >"$out/results.md"
}

summary() {
	local release p f s
	printf '\n%s\n' "$table_head"
	p=$package_passed f=$package_failed s=$package_skipped
	for release in "${chosen[@]}"; do
		row "$release"
		p=$((p + passed[$release])) f=$((f + failed[$release])) s=$((s + skipped[$release]))
	done
	for release in ${missing[@]+"${missing[@]}"}; do
		printf 'not ok - %s\n' "$release"
		f=$((f + 1))
	done
	# What a kernel newer than the newest known one has removed or changed.
	for release in "${chosen[@]}"; do
		[ ! -e "$out/$release/auto/compat/generated/answers" ] ||
			tests/newly-missing.sh "$release" "$out/$release/auto" | sed 's/^/matrix: /'
	done
	step "logs are in build/matrix/"
	printf '%d passed, %d failed, %d skipped\n' "$p" "$f" "$s"
	[ "$f" = 0 ]
}

# --- all of it

step "setup"
tests/setup.sh
root_kver=$(vm_kernel)
step "looking up the kernels"
read_list
[ ${#kernels[@]} != 0 ] || die "no kernel found: is the Debian archive reachable?"
chosen=()
for release in "${kernels[@]}"; do
	if selected "$release"; then chosen+=("$release"); fi
done
[ ${#chosen[@]} != 0 ] || die "no kernel begins with ${KERNELS:-}: tests/matrix.sh --list lists them"
if [ "$mode" = list ]; then
	for release in "${chosen[@]}"; do
		printf '%-32s %-18s %s\n' "$release" "${suite_of[$release]}" "${boots[$release]:+booted}"
	done
	exit 0
fi
empty_out "$out"
trap finish EXIT
trap 'exit 130' INT TERM
for release in "${chosen[@]}"; do
	passed[$release]=0 failed[$release]=0 skipped[$release]=0 seconds[$release]=0
	mkdir -p "$out/$release"
done
make --no-print-directory stage DIR="$out/source"

step "building for ${#chosen[@]} kernels"
for release in "${chosen[@]}"; do
	base=${base_of[$release]}
	[ -n "${root_of[$base]:-}" ] || make_root "$base"
	build "$release"
done
if [ "$mode" = build ]; then
	summary
	exit
fi

step "the VM's root and programs"
tests/vm/root.sh "$root_kver" >/dev/null
make --no-print-directory -C tests/packet OUT="$PWD/build/packet" >"$out/packet.log" 2>&1 ||
	die "tests/packet does not build (build/matrix/packet.log)"

step "booting; failures are printed as they occur"
for release in "${chosen[@]}"; do
	case ${boots[$release]}${built[$release]:-} in
	1*auto*) plan_vms "$release" ;;
	*) report "$release" ;;
	esac
done
if [ -n "$downloads" ]; then run_jobs "${downloads# }" "${jobs[@]}"; fi
for release in "${chosen[@]}"; do add_streams "$release"; done

# packages: the package tests in each suite except bookworm, which check.sh tests.
packages() {
	local suite p f s tap
	while read -r suite _; do
		case $suite in '' | '#'* | bookworm) continue ;; esac
		step "the package in $suite"
		tap=$out/package-$suite.tap
		tap_run "package" "$tap" tests/package/run.sh --log "$out/package-$suite" "$suite"
		{ grep '^not ok' "$tap" || :; } | sed "s/^not ok [0-9]* *-/not ok - package in $suite:/"
		read -r p f s < <(tap_sum "$tap")
		package_passed=$((package_passed + p)) package_failed=$((package_failed + f))
		package_skipped=$((package_skipped + s))
		printf 'matrix: the package in %s: %d passed, %d failed, %d skipped\n' "$suite" "$p" "$f" "$s"
	done <tests/package/suites.list
}
if [ ${#only_kernels[@]}${#only_scenarios[@]} = 00 ]; then packages; fi
write_table
summary
exit
}
