#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Prints a table of probes and kernels for the notes of a release. The answers are those
# that builds stored in their folders.
#
# usage: tests/probe-table.sh KERNEL=BUILD-FOLDER ...
#   KERNEL        the title of the column
#   BUILD-FOLDER  the folder OUT= of make module or make probe-report

set -euo pipefail

usage() { sed -n 's/^# \(usage:.*\)/\1/p; s/^#   \(.*\)/  \1/p' "$0"; }
case ${1:-} in
-h | --help) usage; exit 0 ;;
'') usage >&2; exit 2 ;;
esac

heads=() files=()
for argument; do
	config=${argument#*=}/compat/generated/config.h
	[ -e "$config" ] || { printf 'probe-table: no answers in %s\n' "${argument#*=}" >&2; exit 1; }
	heads+=("${argument%%=*}")
	files+=("$config")
done
printf '| |'
printf ' %s |' "${heads[@]}"
printf '\n| --- |'
printf ' --- |%.0s' "${heads[@]}"
printf '\n'
awk '
	/^#define HAVE_/ {
		name = substr($2, 6)
		if (!(name in row)) names[++count] = name
		row[name] = row[name] " " (NF > 3 ? "off" : $3 == 1 ? "yes" : "no") " |"
	}
	END { for (i = 1; i <= count; i++) print "| " names[i] " |" row[names[i]] }' "${files[@]}"
