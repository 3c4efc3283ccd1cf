# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Reserves the folders that scripts write to, so that two runs in one checkout do not mix their
# builds and results. Sourced, never run.

# take_out DIR: makes the folder and reserves it until this script and its children have ended.
# Its file .run names the run. Ends the script if another run has the folder. An interrupted run
# may have children for a moment longer, so it gets two seconds.
take_out() {
	local lock
	mkdir -p "$1"
	exec {lock}>>"$1/.run"
	if ! flock -w 2 "$lock"; then
		printf '%s: %s is in use by %s or a process that it started\n' "${0##*/}" "$1" \
			"$(cat "$1/.run")" >&2
		exit 1
	fi
	printf '%s (process %d, since %s)\n' "${0##*/}" "$$" "$(date +%T)" >"$1/.run"
}

# empty_out DIR: does the same, and removes what an earlier run left in the folder. Ends the
# script if the folder has files of the user: it is outside of build/ and has no .run.
empty_out() {
	case $(realpath -m "$1") in
	"$(realpath "${BASH_SOURCE[0]%/*}/../..")"/build/?*) ;;
	*)
		if [ -n "$(ls -A "$1" 2>/dev/null)" ] && [ ! -e "$1/.run" ]; then
			printf '%s: %s has files that no earlier run wrote: name a new or an empty folder\n' \
				"${0##*/}" "$1" >&2
			exit 1
		fi
		;;
	esac
	take_out "$1"
	(cd "$1" && find . -mindepth 1 ! -path ./.run -delete)
}
