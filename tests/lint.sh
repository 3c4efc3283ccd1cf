#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Static checks of the whole repository. The module is checked in two builds, one as
# users have it and one with all fallbacks and the kernel's cryptography: compiler warnings at
# W=1 and more, sparse, clang's warnings, clang-tidy, the analysers of clang and gcc, the
# kernel's semantic patches. Then checkpatch on C, shellcheck on shell, the documents, and
# the rules of this tree that grep can check. Prints a point for each, then the number of
# findings; any finding is a failure. smatch is not used: Debian does not package it.
#
# usage: tests/lint.sh [--planted | --made DIR] KDIR
#   --planted   check the tools: each must find the bugs that tests/lint/planted/ adds to
#               a copy of the driver
#   --made DIR  check.sh has made the builds there, for KDIR
set -euo pipefail
# verdict is the last command of pipelines and changes variables of this shell.
shopt -s lastpipe
# parallel() calls functions by name.
# shellcheck disable=SC2317

# In braces, so that bash reads the whole script before it runs any of it.
{
usage() { sed -n 's/^# \(usage:.*\)/\1/p; s/^#   \(-.*\)/  \1/p; s/^#    \( .*\)/   \1/p' "$0"; }
planted='' made=''
case ${1:-} in
-h | --help) usage; exit 0 ;;
--planted) planted=1; shift ;;
--made)
	case ${2:--} in -*) usage >&2; exit 2 ;; esac
	made=$(realpath -ms "$2")
	shift 2
	;;
esac
if [ $# != 1 ]; then
	usage >&2
	exit 2
fi
kdir=$(realpath -m "$1")
cd "$(dirname "$0")/.."
# shellcheck source=tests/lib/steps.sh
source tests/lib/steps.sh
# shellcheck source=tests/lib/strict.sh
source tests/lib/strict.sh
root=$PWD work=$PWD/build/lint tree=$PWD
cache=$work
if [ -n "$planted" ]; then
	work=$work/planted
	tree=$work/tree
fi
mkdir -p "$work"
made=${made:-$work}
exec 9>"$work/lock"
if ! flock -n 9; then
	printf 'lint: another lint.sh is running in %s\n' "$work" >&2
	exit 1
fi
allocators=$root/tests/lint/allocators.h

findings=0 skipped=0 since=$SECONDS

# Reads findings, one a line. Prints those that lint.known does not list. lint.known has the
# file, the tool's name for the finding and the text of the source line.
unknown() { # TREE
	awk -F '\t' -v tree="$1" '
		function line_of(file, number,    path, text, n) {
			path = tree "/" file
			while (n < number && (getline text <path) > 0) n++
			close(path)
			if (n < number) text = ""
			gsub(/[ \t]+/, " ", text)
			sub(/^ /, "", text)
			return text
		}
		NR == FNR { if (/^[^#]/) known[$1 FS $2 FS $3]; next }
		{
			split($0, place, ":")
			id = ""
			if (match($0, /\[[^][ ]+\]$/))
				id = substr($0, RSTART + 1, RLENGTH - 2)
			else if (match($0, /(WARNING|ERROR|CHECK):[A-Z_]+:/)) {
				id = substr($0, RSTART, RLENGTH - 1)
				sub(/.*:/, "", id)
			}
			if (!((place[1] FS id FS line_of(place[1], place[2])) in known)) print
		}' tests/lint.known -
}

# verdict NAME: reads findings; any that lint.known does not list is a failure. With
# --planted, a missing finding is a failure.
verdict() {
	local count seconds found=$work/$1.txt
	if [ -n "$planted" ]; then
		sort -u >"$found"
		expect "$1" "$found"
		return
	fi
	sort -u | unknown "$tree" >"$found"
	# Here sort has read all input, so the commands before it in the pipeline have ended.
	seconds=$((SECONDS - since)) since=$SECONDS
	count=$(wc -l <"$found")
	if [ "$count" = 0 ]; then
		printf 'ok - %s (%d s)\n' "$1" "$seconds"
	else
		sed 's/^/#   /' "$found"
		printf 'not ok - %s: %d\n' "$1" "$count"
		findings=$((findings + count))
	fi
}

# expect NAME FINDINGS: checks that the tool has found the planted bugs. In the planted sources
# a comment "lint:" has the tool and a text of the finding in its line, separated by semicolons.
expect() {
	local place text some=
	grep -rnoE 'lint: [^*]+' "$tree/src" |
		sed "s|^$tree/||; s/lint: //; s/ *$//" |
		awk -v tool="$1 " '{
			match($0, /^[^:]*:[0-9]*:/)
			n = split(substr($0, RLENGTH + 1), wanted, "; *")
			for (i = 1; i <= n; i++) if (index(wanted[i], tool) == 1)
				print substr($0, 1, RLENGTH) "\t" substr(wanted[i], length(tool) + 1)
		}' |
		while IFS=$'\t' read -r place text; do
			some=1
			if grep -F "$place" "$2" | grep -qF -- "$text"; then
				printf 'ok - %s finds the planted bug: %s\n' "$1" "$text"
			else
				sed 's/^/#   /' "$2"
				printf 'not ok - %s does not find the planted bug at %s %s\n' \
					"$1" "$place" "$text"
				findings=$((findings + 1))
			fi
		done
	if [ -z "$some" ]; then
		printf 'not ok - %s has no planted bug\n' "$1"
		findings=$((findings + 1))
	fi
}

skip() {
	printf 'ok - %s # SKIP %s\n' "$1" "$2"
	skipped=$((skipped + 1))
}

have() { command -v "$1" >/dev/null; }

# parallel FUNCTION: calls the function with the words of each line of standard input, on
# all processors at once. Prints the output of each call in one piece.
parallel() {
	local dir words number=0 processors
	dir=$(mktemp -d "$work/parallel.XXXXXX")
	processors=$(nproc)
	while read -r -a words; do
		[ "$number" -lt "$processors" ] || wait -n || :
		number=$((number + 1))
		"$1" "${words[@]}" >"$dir/$number" 2>&1 </dev/null &
	done
	wait
	[ "$number" = 0 ] || cat "$dir"/*
	rm -rf "$dir"
}

# ours BUILD: reads the output of a compiler or analyser for the build in that folder.
# Prints messages about our files, with paths from the root, and all errors. Kernels
# before 6.13 compile in their own folder and give our files full paths; later ones give
# the kernel's files full paths.
ours() {
	local line file
	sed "s,^$1/,src/,; s,^\./,," | { grep -E '(: |^)(fatal )?(warning|error): ' || :; } |
		{ grep -v '^/.*warning: ' || :; } |
		while read -r line; do
			file=${line%%:*}
			case $line in
			src/* | *'error: '*) printf '%s\n' "$line" ;;
			*) [ ! -e "$tree/src/$file" ] || printf 'src/%s\n' "$line" ;;
			esac
		done
}

# build NAME: makes the build, unless check.sh made it. Prints its findings.
build() {
	local log=$made/build-$1.log variables strict
	if [ "$made" = "$work" ]; then
		read -ra variables < <(build_variables "$1" "$kdir")
		strict_options "$kdir"
		# Only objects that are compiled again produce warnings.
		[ ! -d "$made/$1" ] || find "$made/$1" \( -name '*.o' -o -name '.*.o.cmd' \) -delete
		if ! make -C "$tree" --no-print-directory module KDIR="$kdir" OUT="$made/$1" W=1 \
			"${variables[@]}" "${strict[@]}" >"$log" 2>&1; then
			grep -m 20 -i 'error\|^wireguard:' "$log" | sed 's/^/#   /' >&3
			printf 'not ok - the module does not build (%s)\n' "$log" >&3
			exit 1
		fi
	fi
	ours "$made/$1" <"$log"
}

builds=(fallbacks plain)

# The compiler appends the option's name to a warning; sparse does not.
compilers() {
	local kind
	for kind in "${builds[@]}"; do build "$kind"; done 3>&1 >"$work/builds.txt"
	{ grep '\[-W' "$work/builds.txt" || :; } | verdict compiler
	if have sparse; then
		{ grep -v '\[-W' "$work/builds.txt" || :; } | verdict sparse
	else
		skip sparse "apt install sparse"
	fi
}

# code_of BUILD SOURCE: prints a hash of the object's code, data and relocations.
code_of() { (cd "$made/$1" && objdump -drs "${2%.c}.o") | sha1sum; }

# compiled: prints a line for each source of each build: the build, the source, and "first" in
# the first build that has the source. In the second build it is "same" if the compiler made the
# same code of it, and "again" otherwise.
compiled() {
	local kind source code place
	declare -A first=()
	for kind in "${builds[@]}"; do
		sed -n "s,^ *\"file\": \"$made/$kind/\(.*\)\"\,\$,$kind \1,p" "$made/$kind/commands.json"
	done | { if [ -n "$planted" ]; then grep ' planted/\| netlink_dump.c$'; else cat; fi; } |
		while read -r kind source; do
			code=$(code_of "$kind" "$source")
			case ${first[$source]:-} in
			'') first[$source]=$code place=first ;;
			"$code") place=same ;;
			*) place=again ;;
			esac
			printf '%s %s %s\n' "$kind" "$made/$kind/$source" "$place"
		done
}

# clang-tidy's own checks search the kernel's headers, too, which takes most of their time. So
# they run once a build, over one source that includes all others. clang's warnings and its analyser
# run for each source: the analyser regards a function that it has followed from a caller as done.
tidy() { # KIND SOURCE together | first | again
	local folder=$made/$1 checks='-clang-*' ours_only
	# The filter is a regular expression.
	# shellcheck disable=SC2001
	ours_only=^$(sed 's/[][\.*^$+?(){}|]/\\&/g' <<<"$made/$1/")
	if [ "$3" = together ]; then
		folder=$made/$1.together
	else
		printf -v checks -- '-%s-*,' bugprone hicpp linuxkernel misc performance portability readability
	fi
	{
		clang-tidy --quiet -p "$folder" --config-file=src/.clang-tidy --checks="$checks" \
			--header-filter="$ours_only" --extra-arg=-include \
			--extra-arg="$allocators" "$2" 2>/dev/null ||
			printf 'error: clang-tidy ends with %d on %s\n' "$?" "$2"
	} | ours "$made/$1"
}

# Compiler warnings, analyser and clang-tidy in one run.
clang_tools() {
	local kind name found=$work/clang-tools.txt
	if ! have clang || ! have clang-tidy; then
		for name in clang clang-analyzer clang-tidy; do
			skip "$name" "apt install clang clang-tidy"
		done
		return
	fi
	{
		for kind in "${builds[@]}"; do
			printf '%s %s together\n' "$kind" "$made/$kind.together/together.c"
		done
		grep -v ' same$' "$work/compiled.txt"
	} | parallel tidy >"$found"
	{ grep -E '\[clang-diagnostic|error: ' "$found" || :; } | verdict clang
	{ grep '\[clang-analyzer' "$found" || :; } | verdict clang-analyzer
	{ grep -vE '\[clang-(diagnostic|analyzer)|error: ' "$found" || :; } | verdict clang-tidy
}

analyse() { # KIND SOURCE
	{
		tests/lint/commands.py --run "$made/$1" "$2" -fanalyzer -include "$allocators" 2>&1 ||
			printf 'error: gcc ends with %d on %s\n' "$?" "$2"
	} | ours "$made/$1"
}

gcc_analyzer() {
	if ! by_gcc "$kdir"; then
		skip gcc-analyzer "the kernel was not built with gcc"
		return
	fi
	# gcc 12 computes the width of a shifted vector wrongly.
	grep ' first$' "$work/compiled.txt" | parallel analyse | { grep -E '\[-Wanalyzer|error: ' || :; } |
		{ grep -vE '/vector_[a-z0-9]+\.c:[0-9:]+ warning: shift by count' || :; } | verdict gcc-analyzer
}

# kernel_scripts: sets scripts to the kernel's scripts, from Debian's kernel source.
scripts=
kernel_scripts() {
	local archive newest=
	for archive in /usr/src/linux-source-*.tar.xz; do
		[ ! -e "$archive" ] || newest=$archive
	done
	if [ -z "$newest" ]; then
		# A kernel tree has all scripts; a package of headers lacks some.
		[ ! -e "$kdir/source/scripts/coccicheck" ] || scripts=$kdir/source/scripts
		[ ! -e "$kdir/scripts/coccicheck" ] || scripts=$kdir/scripts
		return 0
	fi
	scripts=$cache/$(basename "$newest" .tar.xz)/scripts
	if [ ! "$scripts/.complete" -nt "$newest" ]; then
		rm -rf "$scripts"
		tar -C "$cache" -xf "$newest" "$(basename "$newest" .tar.xz)/scripts"
		touch "$scripts/.complete"
	fi
}

# sources: prints our C files, with paths from the root of the tree.
sources() { # PREDICATE...: more for find
	cd "$tree"
	find "src${planted:+/planted}" -name generated -prune -o -name '*.mod.c' -prune -o \
		"$@" -name '*.[ch]' -print | sort
}

semantic_patch() { # FILE
	local options name=${1##*/} rc=0
	read -r -a options < <(sed -n 's,^//[ /]*Options:,,p' "$1") || :
	(cd "$tree" && xargs spatch -D report --no-show-diff --very-quiet --cocci-file "$1" \
		"${options[@]}" <"$work/cocci.files" 2>"$work/cocci-${name%.cocci}.err") || rc=$?
	[ "$rc" = 0 ] || printf 'error: %s ends with %d: %s\n' "$name" "$rc" \
		"$(tail -n 1 "$work/cocci-${name%.cocci}.err")"
}

# Two of the patches contain OCaml and need its compiler. Probes are left out, since their
# code never runs.
coccinelle() {
	if ! have spatch || [ -z "$scripts" ]; then
		skip coccinelle "apt install coccinelle linux-source-6.1"
		return
	fi
	(sources -name probes -prune -o) >"$work/cocci.files"
	find "$scripts/coccinelle" -name '*.cocci' ! -name badzero.cocci \
		! -name check_bq27xxx_data.cocci | sort | parallel semantic_patch |
		{ grep -E '^(src/|error: )' || :; } | verdict coccinelle
}

# FILE_PATH_CHANGES is about MAINTAINERS, which only the kernel's tree has. checkpatch
# runs in the work folder, because it leaves a cache in the current folder. It does not
# report long lines of files without --strict: see columns.py.
checkpatch_of() { # FILE...
	(
		cd "$work"
		perl "$scripts/checkpatch.pl" --no-tree --no-summary --terse --show-types \
			--ignore FILE_PATH_CHANGES --file "${@/#/$tree/}" || :
	) | sed "s|^$tree/||"
}

checkpatch() {
	if [ -z "$scripts" ]; then
		skip checkpatch "apt install linux-source-6.1"
		return
	fi
	(sources) | xargs -n 20 | parallel checkpatch_of |
		{ grep -E '(WARNING|ERROR):|checkpatch.pl' || :; } | verdict checkpatch
}

shellcheck_of() { shellcheck -x -f gcc "$@" || :; }

shell() {
	local where=.
	if ! have shellcheck; then
		skip shellcheck "apt install shellcheck"
		return
	fi
	[ -z "$planted" ] || where=src/planted
	# Files that are sourced have no #!, but name their shell for shellcheck.
	(cd "$tree" && grep -rlE -m 1 '^#!.*(bash|/sh)|^# shellcheck shell=' --exclude-dir=build \
		--exclude-dir=.git --exclude-dir="${planted:-planted}" "$where") | sort | xargs -n 40 |
		(cd "$tree" && parallel shellcheck_of) | verdict shellcheck
}

own_rules() {
	(cd "$tree" && { grep -rnE 'LINUX_VERSION_CODE|HAVE_' src --include='*.[ch]' || :; }) |
		{ grep -v '^src/compat/' || :; } | verdict no-kernel-conditionals
	tests/lint/layers.py "$tree" | verdict layers
	tests/lint/columns.py "$tree" | verdict columns
	tests/lint/kernel_names.py "$tree" | verdict kernel-names
	(
		cd "$tree"
		find src -name generated -prune -o -name '*.mod.c' -prune -o \
			\( -name '*.[ch]' -o -name 'Kbuild*' \) \
			-exec grep -L 'SPDX-License-Identifier: GPL-2.0' {} +
	) | sed 's/$/:1: no line with the licence/' | verdict spdx
}

# findings_of COMMAND...: prints its findings. A command that fails without any is a finding.
findings_of() {
	local rc=0 found
	found=$("$@" 2>"$work/findings.err") || rc=$?
	[ -z "$found" ] || printf '%s\n' "$found"
	[ "$rc" = 0 ] || [ -n "$found" ] ||
		printf '%s:1: ends with %d: %s\n' "$1" "$rc" "$(tail -n 1 "$work/findings.err")"
}

# Links between the pages, the table of counters, the manual page.
documents() {
	have man || skip manual-page "apt install man-db"
	findings_of tests/lint/documents.py | verdict documents
}

# A change of the driver can leave a planted bug without its place.
planted_patches() {
	local patch
	for patch in tests/planted/*.patch; do
		patch -p1 --dry-run --force --fuzz=0 <"$patch" >/dev/null 2>&1 ||
			printf '%s:1: does not apply\n' "$patch"
	done | verdict planted-patches
}

# Fields at the heads of scenarios.
heads() { findings_of tests/vm/lib/chaos.py heads | verdict scenario-heads; }

if [ -n "$planted" ]; then
	rm -rf "$tree"
	make --no-print-directory stage DIR="$tree"
	cp -r tests/lint/planted "$tree/src/"
	# Three objects are enough. Undefined symbols are only warnings here.
	sed -i '/^include .*Kbuild.probes/i wireguard-y := main.o netlink_dump.o planted/planted.o' \
		"$tree/src/Kbuild"
	export KBUILD_MODPOST_WARN=1
	# A bug in the driver itself: remove the kfree() of an error path.
	sed -i '/^\t\tkfree(dump);$/{
		N
		/ERR_PTR/s,.*\n\(.*;\)$,\1 /* lint: clang-analyzer Potential leak; gcc-analyzer leak of */,
	}' "$tree/src/netlink_dump.c"
	if cmp -s src/netlink_dump.c "$tree/src/netlink_dump.c"; then
		printf 'not ok - nothing was planted in src/netlink_dump.c\n'
		exit 1
	fi
	# One build is enough.
	builds=(plain)
fi
kernel_scripts
compilers
for kind in "${builds[@]}"; do tests/lint/commands.py "$made/$kind" "$kdir"; done
compiled >"$work/compiled.txt"
[ -s "$work/compiled.txt" ] || { printf 'not ok - no source of the builds in %s is found\n' "$made"; exit 1; }
clang_tools
gcc_analyzer
coccinelle
checkpatch
shell
own_rules
if [ -z "$planted" ]; then
	documents
	heads
	planted_patches
fi
if [ -n "$planted" ]; then
	printf '%d bugs not found, %d skipped\n' "$findings" "$skipped"
else
	printf '%d findings, %d skipped, %d s\n' "$findings" "$skipped" "$SECONDS"
fi
[ "$findings" = 0 ]
exit
}
