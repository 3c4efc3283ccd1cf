# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Functions that check.sh, matrix.sh, demo.sh and others share: progress lines with
# times, the kernel that the VM runs, reading of results. Sourced, never run.

started=$SECONDS
# The messages of compilers and of readelf are compared.
export LC_ALL=C.UTF-8

# shellcheck source=tests/lib/accel.sh
source tests/lib/accel.sh
check_accel || exit 1
# shellcheck source=tests/lib/options.sh
source tests/lib/options.sh
# shellcheck source=tests/lib/out.sh
source tests/lib/out.sh
# shellcheck source=tests/vm/lib/heads.sh
source tests/vm/lib/heads.sh

step() { printf '== %s (at %d s)\n' "$*" "$((SECONDS - started))"; }

# vm_kernel: prints the kernel that the VM boots, the newest 6.1 cloud kernel whose
# headers are installed here.
vm_kernel() {
	local kver
	kver=$(find /lib/modules -mindepth 2 -maxdepth 2 -name build -path '*-cloud-amd64/*' \
		-printf '%h\n' 2>/dev/null | sed 's,.*/,,' | grep '^6\.1\.' | sort -V | tail -n1)
	if [ -z "$kver" ]; then
		printf 'no headers of a 6.1 cloud kernel: run tests/setup.sh as root\n' >&2
		return 1
	fi
	printf '%s\n' "$kver"
}

# fresh_seed prints a seed for chaos.py. is_seed WORD: whether it is a seed, or empty.
fresh_seed() { printf '%d\n' $(((RANDOM << 15 | RANDOM) % 1000000)); }
is_seed() { case $1 in *[!0-9]* | ??????????*) return 1 ;; esac; }

need_root() {
	if [ "$(id -u)" != 0 ]; then
		printf '%s: needs root, to install packages and to make the root of the VM\n' "$1" >&2
		exit 1
	fi
}

# words STRING: prints its words, each once, one a line.
words() { tr -s '[:space:]' '\n' <<<"$1" | awk 'NF && !seen[$0]++'; }

# is_one_of WORD WORD...: whether the first word is among the others.
is_one_of() {
	local word
	for word in "${@:2}"; do [ "$word" != "$1" ] || return 0; done
	return 1
}

# is_scenario NAME: whether there is a VM scenario of this name
is_scenario() { scenario_file tests/vm/scenarios "$1" >/dev/null; }

# scenario_header NAME FIELD: prints a field from the head of a VM scenario
scenario_header() { scenario_field tests/vm/scenarios "$1" "$2"; }

# has_library KDIR: whether this kernel has the crypto library that CRYPTO=kernel needs
has_library() {
	# shellcheck disable=SC2016 # for make
	printf 'include src/crypto/Kbuild.crypto\nall: ; @echo $(wg-crypto-found)\n' |
		env -u MAKEFLAGS make -s -f - objtree="$1" CRYPTO=vendored | grep -qx y
}

# build_variables NAME [KDIR]: prints make's variables for a build of the module. "plain" is the
# build that users have: on x86-64 with our own cryptography, elsewhere with the kernel's library.
# "fallbacks" has the other one. KDIR is the kernel, if it is for x86-64. A scenario that needs
# another build has "# module: NAME" at its head.
build_variables() {
	local other=vendored
	[ -z "${2:-}" ] || ! has_library "$2" || other=kernel
	case $1 in
	plain) echo CRYPTO=auto ;;
	# Every fallback that can be forced on.
	fallbacks) echo "PROBE_OFF=all CRYPTO=$other" ;;
	# Broken on purpose, for the scenario raw-control.
	control) echo PROBE_OFF=PARSE_PROTOCOL WG_TEST_NO_INFERENCE=y ;;
	# Low limits, and a test of the stack, for the scenario limits. test_crypto_stack tests the
	# stack of our own cryptography.
	limits) echo "WG_TEST_LIMITS=y CRYPTO=$other" ;;
	*) return 1 ;;
	esac
}

# failed_scenarios TAP NAME...: prints which of these scenarios failed. If something else did,
# such as the VM, prints all: each can be the cause.
failed_scenarios() {
	local tap=$1
	shift
	sed -nE 's/^not ok ([0-9]+ )?- ([^:]*): .*/\2/p' "$tap" | grep -xF "$(printf '%s\n' "$@")" | sort -u ||
		printf '%s\n' "$@"
}

# refuse_vm_options NAME TEXT: ends the script with this message about VM_OPTIONS.
refuse_vm_options() { printf '%s: VM_OPTIONS= %s\n' "$@" >&2; exit 1; }

# read_vm_options NAME: sets options to the words of VM_OPTIONS, more options of tests/vm/run.sh.
# Ends the script if one of them is not for the scenarios that the script runs.
read_vm_options() {
	local name=$1 option
	case ${VM_OPTIONS:-} in
	*[\'\"\\]*) refuse_vm_options "$name" "is split at spaces, without quotes: $VM_OPTIONS" ;;
	esac
	read -rd '' -a options <<<"${VM_OPTIONS:-}" || :
	set -- ${options[@]+"${options[@]}"}
	while [ $# != 0 ]; do
		option=$1
		shift
		case $option in
		--systemd | --dyndbg) ;;
		--limit | --slow | --params | --env | --append | --put | --smp | --mem)
			# The value, which run.sh takes for --append even if it looks like an option.
			case ${1:--} in -*) refuse_vm_options "$name" "needs a value after $option" ;; esac
			shift
			;;
		-*) refuse_vm_options "$name" "cannot have $option: use tests/vm/run.sh" ;;
		# Any other word would be one more scenario.
		*) refuse_vm_options "$name" "has $option, which is no option" ;;
		esac
	done
}

# shown: filters a TAP stream: failures, diagnostics and progress lines.
shown() { grep --line-buffered -E '^(not ok|# [a-z-]*: |#  )' || :; }

# tap_sum FILE: prints how many points passed, failed, were skipped; a TODO that
# fails counts as skipped.
tap_sum() {
	awk '
		/^(not )?ok / { if (/# SKIP/ || (/^not ok/ && /# TODO/)) s++
			else if (/^ok/) p++; else f++ }
		END { print p + 0, f + 0, s + 0 }' "$1"
}

# tap_failures FILE: prints the points that failed, without those that are expected to fail.
tap_failures() { { grep '^not ok' "$1" || :; } | { grep -v '# TODO' || :; }; }

# tap_rows FILE: prints how many points that passed are rows of a table, as the heads of
# their scenarios declare. Each row is one form of the same packet.
tap_rows() {
	local names
	names=$(grep -l '^# points: rows of a table$' tests/vm/scenarios/*.{sh,py} | sed 's,.*/,,; s/\..*//' | paste -sd'|')
	grep -E "^ok ([0-9]+ )?- ($names): " "$1" | grep -vc '# SKIP' || :
}

# tap_run NAME TAP COMMAND...: runs a command with stdout to the file TAP and stderr to
# TAP.err. If it fails without a failed point, adds one. A TODO is no failed point.
tap_run() {
	local name=$1 tap=$2 rc=0
	shift 2
	"$@" >"$tap" 2>"$tap.err" </dev/null || rc=$?
	if [ "$rc" != 0 ] && [ -z "$(tap_failures "$tap")" ]; then
		printf 'not ok - %s: ended with %d: %s\n' "$name" "$rc" "$(tail -n1 "$tap.err")" >>"$tap"
	fi
}

# our_warnings LOG DIR: prints the compiler's messages about the sources in DIR, and those of
# modpost and objtool. Kernels before 6.13 compile in their own folder and give our files full
# paths; later ones give the kernel's files full paths.
our_warnings() {
	local line file
	grep -E '^WARNING: modpost: |warning: objtool: ' "$1" || :
	{ grep -E '^[^ ]+\.[ch]:[0-9]+(:[0-9]+)?: (warning|error)' "$1" || :; } |
		while read -r line; do
			file=${line%%:*}
			[ "${file#"$2"/}" = "$file" ] || file=${file#"$2"/}
			case $file in /*) continue ;; esac
			[ ! -e "$2/$file" ] || printf '%s\n' "$line"
		done
}
