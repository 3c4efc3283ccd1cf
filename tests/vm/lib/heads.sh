# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Finds the files of scenarios, and reads the fields at their heads. Sourced on the host by run.sh,
# tests/lib/steps.sh and tests/planted.sh, and in the VM by guest/run. chaos.py does the same.

# scenario_file FOLDER NAME: prints the file that has the head: NAME.sh, or else NAME.py or
# NAME.host.py, which are scenarios by themselves only where no NAME.sh calls them. Fails if there
# is none. A path is no name: scripts make and remove folders of that name.
scenario_file() {
	local end
	[[ $2 =~ ^[a-z0-9-]+$ ]] || return 1
	for end in sh py host.py; do
		if [ -e "$1/$2.$end" ]; then
			printf '%s\n' "$1/$2.$end"
			return
		fi
	done
	return 1
}

# scenario_names FOLDER: prints the names of all scenarios, sorted.
scenario_names() {
	local file
	for file in "$1"/*.sh "$1"/*.py; do
		file=${file##*/}
		printf '%s\n' "${file%%.*}"
	done | sort -u
}

# scenario_field FOLDER NAME FIELD: prints the values of the lines "# FIELD: VALUE".
scenario_field() {
	local file
	file=$(scenario_file "$1" "$2") || return 0
	sed -n "s/^# $3: *//p" "$file"
}
