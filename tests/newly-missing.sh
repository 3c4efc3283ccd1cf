#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Prints in one line the probes that answered "no" on a kernel that is newer than the newest known
# one, and not on that one: what the new kernel has removed or changed.  Prints nothing for other
# kernels.  tests/newest.list has the newest known kernel and what it lacks.
#
# usage: tests/newly-missing.sh RELEASE BUILD-FOLDER
#   BUILD-FOLDER  the folder OUT= of make module or make probe-report

set -euo pipefail

usage() { sed -n 's/^# \(usage:.*\)/\1/p; s/^#   \(.*\)/  \1/p' "$0"; }
case ${1:-} in
-h | --help) usage; exit 0 ;;
esac
[ $# = 2 ] || { usage >&2; exit 2; }
release=$1 answers=$2/compat/generated/answers
[ -e "$answers" ] || { printf 'newly-missing: no answers in %s\n' "$2" >&2; exit 1; }

mapfile -t known < <(grep -v '^#' "$(dirname "$0")/newest.list")
series() { cut -d . -f 1,2 <<<"${1%%-*}"; }
[ "$(printf '%s\n' "${known[0]}" "$(series "$release")" | sort -V | tail -n 1)" != "${known[0]}" ] || exit 0
lacking=$(sed -n 's/ 0$//p' "$answers" | grep -vxFf <(printf '%s\n' "${known[@]:1}") | tr '\n' ' ') || :
if [ -n "$lacking" ]; then
	printf '%s is newer than %s and lacks: %s\n' "$release" "${known[0]}" "${lacking% }"
else
	printf '%s is newer than %s and lacks nothing more\n' "$release" "${known[0]}"
fi
