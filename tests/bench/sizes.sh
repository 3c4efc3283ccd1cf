#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Compares the sizes of two modules: the memory that they occupy when loaded, and the
# structures with many instances, read from DWARF or BTF. The modules are not loaded,
# so they may be for any kernel.
#
# usage: tests/bench/sizes.sh OURS.ko OTHER.ko [NAME-OF-OTHER]

set -euo pipefail

usage() { sed -n 's/^# \(usage:.*\)/\1/p' "$0"; }
die() { printf 'sizes.sh: %s\n' "$*" >&2; exit 1; }
case ${1:-} in -h | --help) usage; exit 0 ;; esac
if [ $# -lt 2 ] || [ $# -gt 3 ]; then usage >&2; exit 2; fi
here=$(cd "$(dirname "$0")" && pwd)
ours=$1 other=$2 name=${3:-other}
for tool in readelf size python3; do
	command -v "$tool" >/dev/null || die "$tool is missing: run tests/setup.sh as root"
done
for ko in "$ours" "$other"; do
	[ -e "$ko" ] || die "no such file: $ko"
	readelf -h "$ko" >/dev/null 2>&1 || die "$ko is not an ELF file (compressed?)"
done

# structures KO: prints "name size" lines, from the debug info or, if stripped, from BTF.
structures() {
	# Read all of readelf's output into a variable: with pipefail, a reader that
	# ends early would make readelf fail.
	local sections
	sections=$(readelf -SW "$1")
	if grep -q '[.]debug_info' <<<"$sections"; then
		readelf --debug-dump=info "$1" 2>/dev/null | awk '
			/[(]DW_TAG_/ { on = /DW_TAG_structure_type/; name = "" }
			on && / DW_AT_name / { name = $NF }
			on && / DW_AT_byte_size / && name != "" { print name, $NF; on = 0 }'
	elif grep -q '[.]BTF' <<<"$sections"; then
		python3 "$here/btf.py" "$1"
	else
		printf 'sizes.sh: %s has neither debug info nor BTF: no structures\n' "$1" >&2
	fi
}
# bytes KO REGEX: prints the total size of the sections that match.
bytes() { size -A "$1" | awk -v re="^($2)\$" '$1 ~ re { n += $2 } END { print n + 0 }'; }
# pick LIST NAME...: prints the size of the first of these structures in the list, or "-".
pick() {
	local list=$1 n size
	shift
	for n in "$@"; do
		size=$(awk -v n="$n" '$1 == n && !done { print $2; done = 1 }' <<<"$list")
		[ -z "$size" ] || { echo "$size"; return; }
	done
	echo -
}
row() {
	awk -v what="$1" -v a="$2" -v b="$3" 'BEGIN {
		printf "%-44s %10s %10s %8s\n", what, a, b,
			(a != "-" && b != "-" && b > 0) ? sprintf("%.2f", a / b) : "-" }'
}

list_ours=$(structures "$ours")
list_other=$(structures "$other")
printf '%-44s %10s %10s %8s\n' 'Size, bytes' ours "$name" ratio
sections() { row "$1" "$(bytes "$ours" "$2")" "$(bytes "$other" "$2")"; }
sections 'code' '[.]text.*|[.]noinstr.text|[.]exit.text|[.]altinstr_replacement'
sections 'constants' '[.]rodata.*'
sections 'variables' '[.]data.*|[.]bss|[.]static_call.data|__bug_table'
sections 'freed after load' '[.]init.*'
# shellcheck disable=SC2086 # lists of names
struct() { row "$1" "$(pick "$list_ours" $2)" "$(pick "$list_other" $2)"; }
struct 'a peer (wg_peer)' 'wg_peer'
struct 'a keypair (wg_keypair, noise_keypair)' 'wg_keypair noise_keypair'
struct 'an allowed IP (allowedips_node)' 'wg_allowedips_node allowedips_node'
struct 'a batch of packets (wg_batch)' 'wg_batch'
