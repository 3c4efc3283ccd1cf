# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Command lines of scripts, whose usage stands at the end of their heads, in lines from "# usage:"
# on. Sourced, never run; need_value and read_options call the script's die().

# print_usage: prints the usage from the script's head. The script may have gone to another folder
# once since its start.
print_usage() {
	local script=$0
	[ -e "$script" ] || script=$OLDPWD/$script
	sed -n '/^# usage:/,/^[^#]\|^$/s/^# //p' "$script"
}

# only_help NAME [ARGUMENT]: the command line of a script that takes variables: --help prints the
# usage, any other argument is an error.
only_help() {
	[ $# -le 2 ] || { printf '%s: too many arguments: %s\n' "$1" "${*:2}" >&2; exit 1; }
	case ${2:-} in
	-h | --help) print_usage; exit 0 ;;
	'') ;;
	*) printf '%s: unknown option %s\n' "$1" "$2" >&2; exit 1 ;;
	esac
}

# need_value OPTION [VALUE]...: ends the script if the value is missing or empty, or is an option.
need_value() {
	case ${2:--} in -*) die "$1 needs a value${2:+, not $2}" ;; esac
}

# read_options 'NAME...' WORD...: reads the options among the first words. Of the names, NAME= is an
# option --NAME VALUE, which sets the variable NAME to the value; NAME is an option --NAME, which
# sets it to 1. --help prints the usage. The array arguments gets the words from the first one on
# that is no option.
read_options() {
	local name names option
	read -ra names <<<"$1"
	shift
	while [ $# != 0 ]; do
		case $1 in
		-h | --help) print_usage; exit 0 ;;
		-*) ;;
		*) break ;;
		esac
		option=''
		for name in ${names[@]+"${names[@]}"}; do
			[ "--${name%=}" != "$1" ] || option=$name
		done
		case $option in
		'') die "unknown option $1" ;;
		*=) need_value "$@"; printf -v "${option%=}" %s "$2"; shift 2 ;;
		*) printf -v "$option" 1; shift ;;
		esac
	done
	# shellcheck disable=SC2034 # for the script
	arguments=("$@")
}
