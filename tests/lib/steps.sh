# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# What check.sh, matrix.sh and demo.sh share: steps with a line of progress and
# the time each took, the kernel that the VM runs, the reading of results.
# Sourced, never run.

started=$SECONDS

# shellcheck source=tests/lib/accel.sh
source tests/lib/accel.sh
check_accel || exit 1

step() { printf '== %s (at %d s)\n' "$*" "$((SECONDS - started))"; }

# The cloud kernel whose headers are installed here: what the VM boots.
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

# A number that chaos.py draws from, and whether a word is one or empty.
fresh_seed() { printf '%d\n' $(((RANDOM << 15 | RANDOM) % 1000000)); }
is_seed() { case $1 in *[!0-9]* | ??????????*) return 1 ;; esac; }

need_root() {
	if [ "$(id -u)" != 0 ]; then
		printf '%s: needs root, to install packages and to make the root of the VM\n' "$1" >&2
		exit 1
	fi
}

# scenario_header NAME FIELD: what the head of a VM scenario says of it
scenario_header() { sed -n "s/^# $2: *//p" "tests/vm/scenarios/$1.sh"; }

# build_variables NAME: what make is told for a build of the module by that name. "plain" is
# the one that users have; a scenario that needs another says so at its head ("# module: NAME").
build_variables() {
	case $1 in
	plain) echo CRYPTO=auto ;;
	# Every fallback that can be forced on, and our own cryptography.
	fallbacks) echo PROBE_OFF=all CRYPTO=vendored ;;
	# Broken on purpose: see raw-control.
	control) echo PROBE_OFF=PARSE_PROTOCOL WG_TEST_NO_INFERENCE=y ;;
	# Limits that are near: see limits.
	limits) echo WG_TEST_LIMITS=y ;;
	*) return 1 ;;
	esac
}

# Of a TAP stream what is worth a line on the way.
shown() { grep --line-buffered -E '^(not ok|# [a-z-]*: |#  )' || :; }

# tap_sum FILE: prints how many points passed, failed, were skipped; a TODO that
# fails counts as skipped.
tap_sum() {
	awk '
		/^(not )?ok / { if (/# SKIP/ || (/^not ok/ && /# TODO/)) s++
			else if (/^ok/) p++; else f++ }
		END { print p + 0, f + 0, s + 0 }' "$1"
}

# tap_rows FILE: prints how many points that passed are rows of tables, by what scenarios say
# of themselves. Each sends a packet in another form; they are many, and alike.
tap_rows() {
	local file names
	names=$(grep -l '^# points: rows of a table$' tests/vm/scenarios/*.sh | while read -r file; do
		basename "$file" .sh
	done | paste -sd'|')
	grep -E "^ok ([0-9]+ )?- ($names): " "$1" | grep -vc '# SKIP' || :
}

# tap_run NAME TAP COMMAND...: runs what prints TAP into a file, what else it says into
# TAP.err; that it fails without a failed point is one, too.
tap_run() {
	local name=$1 tap=$2 rc=0
	shift 2
	"$@" >"$tap" 2>"$tap.err" </dev/null || rc=$?
	if [ "$rc" != 0 ] && ! grep -q '^not ok' "$tap"; then
		printf 'not ok - %s: ended with %d: %s\n' "$name" "$rc" "$(tail -n1 "$tap.err")" >>"$tap"
	fi
}

# our_warnings LOG DIR: what the compiler says about the sources in DIR.  Kernels
# before 6.13 compile from their own folder and name ours in full, later ones the
# other way round.
our_warnings() {
	local line file
	{ grep -E '^[^ ]+\.[ch]:[0-9]+(:[0-9]+)?: (warning|error)' "$1" || :; } |
		while read -r line; do
			file=${line%%:*}
			[ "${file#"$2"/}" = "$file" ] || file=${file#"$2"/}
			case $file in /*) continue ;; esac
			[ ! -e "$2/$file" ] || printf '%s\n' "$line"
		done
}

# only_help NAME [ARGUMENT]: of a script that takes variables and no options, --help prints the
# usage at its head.
only_help() {
	case ${2:-} in
	-h | --help) sed -n 's/^# \(usage:.*\)/\1/p; s/^#   \([^ ].*\)/  \1/p' "$0"; exit 0 ;;
	'') ;;
	*) printf '%s: unknown option %s\n' "$1" "$2" >&2; exit 1 ;;
	esac
}

# Process groups with VMs, for end_groups, which the script's trap on EXIT calls.
groups=()
# shellcheck disable=SC2317 # called by traps
end_groups() {
	local pid
	for pid in ${groups[@]+"${groups[@]}"}; do kill -- "-$pid" 2>/dev/null || :; done
}

# two_at_a_time JOB...: runs the jobs, two at a time and in this order. A job is the names of
# its TAP streams, one after the other; "stream NAME" of the script writes $out/NAME.tap.
# Failures show as they come. STREAMS is all names.
# shellcheck disable=SC2154 # $out is the script's
two_at_a_time() {
	local name pid
	read -ra STREAMS <<<"$*"
	for name in "${STREAMS[@]}"; do : >"$out/$name.tap"; done
	in_turn() {
		local job running=0
		for job; do
			if [ "$running" = 2 ]; then
				wait -n || :
				running=1
			fi
			# shellcheck disable=SC2086 # a job's names are words
			for name in $job; do stream "$name"; done &
			running=$((running + 1))
		done
		wait
	}
	# In a process group of its own, so that an interrupted run ends them all.
	set -m
	in_turn "$@" </dev/null &
	pid=$!
	set +m
	groups=("$pid")
	# The viewer ends when the jobs have.
	(cd "$out" && exec tail -n +1 -q -F --pid="$pid" "${STREAMS[@]/%/.tap}" 2>/dev/null) | shown
	wait "$pid" || :
	groups=()
}
