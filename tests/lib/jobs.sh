# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# The scheduler of the scripts that run VMs. Sourced after steps.sh, never run. The script
# defines two functions:
#   stream NAME   writes the TAP stream $out/NAME.tap
#   load NAME     prints how much of a processor the stream uses, in percent

# job_groups GROUP...: prints the process groups of what the script has started, and those of these
# groups that still have processes. The script's own group is left out.
job_groups() {
	# proc(5): pid, name in parentheses, state, parent, process group. Processes end meanwhile.
	cat /proc/[0-9]*/stat 2>/dev/null | sed 's/^\([0-9]*\) (.*) /\1 /' | awk -v root="$$" -v known=" $* " '
		$2 != "Z" { parent[$1] = $3; group[$1] = $4 }
		END {
			for (pid in group) {
				at = pid
				while (at in group && at != root && !index(known, " " group[at] " "))
					at = parent[at]
				if (at in group && group[pid] != group[root] && !seen[group[pid]]++)
					print group[pid]
			}
		}'
}

# Seconds after which end_groups kills what does not end by itself.
grace=30

# end_groups: ends all that the script has started in other process groups, and waits for it. Scripts
# get a signal once, so that they can remove their files. A job has more groups than its own:
# timeout(1), around each VM and each unit test, makes one. The script's trap on EXIT calls this
# function.
# shellcheck disable=SC2317 # called by traps
end_groups() {
	local ended=() left pid kills=0 end=$((SECONDS + grace))
	trap '' INT TERM
	while mapfile -t left < <(job_groups ${ended[@]+"${ended[@]}"}); [ ${#left[@]} != 0 ]; do
		for pid in "${left[@]}"; do
			if [ "$SECONDS" -ge "$end" ]; then
				kill -KILL -- "-$pid" 2>/dev/null || :
			elif ! is_one_of "$pid" ${ended[@]+"${ended[@]}"}; then
				kill -- "-$pid" 2>/dev/null || :
				ended+=("$pid")
			fi
		done
		# Rounds, not seconds: this process may have been stopped for long.
		if [ "$SECONDS" -ge "$end" ] && [ $((++kills)) -gt 100 ]; then
			printf '%s: these process groups do not end: %s\n' "${0##*/}" "${left[*]}" >&2
			break
		fi
		sleep 0.1
	done
}

# attended COMMAND...: runs the command in a process group of its own, and returns its status. A
# signal to the script ends both at once. Without this, bash would handle the signal after the
# command.
attended() {
	set -m
	"$@" </dev/null &
	set +m
	wait "$!"
}

# fresh_out DIR: sets out to this folder, reserves and empties it. Jobs end with the script.
fresh_out() {
	out=$1
	empty_out "$out"
	trap end_groups EXIT
	trap 'exit 130' INT TERM
}

# timed_stream NAME: runs the stream. $out/NAME.time gets its duration and the processor time
# that it used, in seconds.
# shellcheck disable=SC2154 # $out is the script's
timed_stream() {
	local TIMEFORMAT='%0R %0U %0S'
	{ time stream "$1" 2>&3; } 3>&2 2>"$out/$1.time"
}

# start_jobs JOB...: starts each job when its load and those of the running jobs fit into the
# machine. Prefers jobs in the order of the arguments.
start_jobs() {
	local waiting=("$@") place pid name need free=$(($(nproc) * 100))
	declare -A load_of=()
	while [ ${#waiting[@]} != 0 ]; do
		for place in "${!waiting[@]}"; do
			need=$(load "${waiting[place]%% *}")
			# A job that needs more than the machine has runs alone.
			[ "$need" -le "$free" ] || [ ${#load_of[@]} = 0 ] || continue
			# shellcheck disable=SC2086 # a job's names are words
			for name in ${waiting[place]}; do timed_stream "$name"; done &
			load_of[$!]=$need
			free=$((free - need))
			unset "waiting[$place]"
			continue 2
		done
		wait -n -p pid || :
		free=$((free + load_of[$pid]))
		unset "load_of[$pid]"
	done
	wait
}

# run_jobs JOB...: runs the jobs side by side. A job is a list of streams that run one after
# the other; the first one's load is the job's. Prints failures as they occur. Sets STREAMS to
# all names.
# shellcheck disable=SC2154 # $out is the script's
run_jobs() {
	local name pid viewer
	read -ra STREAMS <<<"$*"
	for name in "${STREAMS[@]}"; do : >"$out/$name.tap"; done
	# Process groups of their own, see end_groups. The viewer ends with the jobs.
	set -m
	start_jobs "$@" </dev/null &
	pid=$!
	(cd "$out" && exec tail -n +1 -q -F --pid="$pid" "${STREAMS[@]/%/.tap}" 2>/dev/null) | shown &
	viewer=$!
	set +m
	wait "$viewer" || :
	wait "$pid" || :
}

# times_of STREAM...: prints a table of the streams' times, the longest first. Leaves out
# streams that did not run.
# shellcheck disable=SC2154 # $out is the script's
times_of() {
	local name
	for name; do
		[ -e "$out/$name.time" ] || continue
		awk -v name="$name" 'END { printf "  %-20s %5d s, %5d s of processor time\n", name, $1, $2 + $3 }' \
			"$out/$name.time"
	done | sort -k2,2nr
}
