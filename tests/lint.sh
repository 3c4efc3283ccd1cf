#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Static checks of all that is ours. Over the module, in two builds, one on what the
# kernel has and one with our cryptography and all fallbacks: the compiler's warnings
# at W=1 and more, sparse, clang's warnings, clang-tidy, the analysers of clang and
# gcc, the kernel's semantic patches. checkpatch over C, shellcheck over shell, the
# documents, and the rules of this tree that grep can check. A point for each, then a count of the
# findings; any is a failure. There is no smatch: Debian's archive has none.
#
# usage: tests/lint.sh [--planted] KDIR
#   --planted   whether the tools find what they are for: over a copy of the driver to
#               which tests/lint/planted/ adds bugs for each of them
set -euo pipefail
# verdict counts in the shell itself, though it ends pipelines.
shopt -s lastpipe
# parallel() calls by name.
# shellcheck disable=SC2317

# In braces: bash has read all of it before it begins.
{
usage() { sed -n 's/^# \(usage:.*\)/\1/p; s/^#   \(-.*\)/  \1/p; s/^#    \( .*\)/   \1/p' "$0"; }
planted=
case ${1:-} in
-h | --help) usage; exit 0 ;;
--planted) planted=1; shift ;;
esac
if [ $# != 1 ]; then
	usage >&2
	exit 2
fi
kdir=$(realpath -m "$1")
cd "$(dirname "$0")/.."
root=$PWD work=$PWD/build/lint tree=$PWD
cache=$work
if [ -n "$planted" ]; then
	work=$work/planted
	tree=$work/tree
fi
mkdir -p "$work"
exec 9>"$work/lock"
if ! flock -n 9; then
	printf 'lint: another one is at work in %s\n' "$work" >&2
	exit 1
fi
allocators=$root/tests/lint/allocators.h

findings=0 skipped=0 since=$SECONDS

# Standard input: findings, a line each. Prints those that lint.known does not explain: it has
# the file, what the tool calls the finding and the text of the line that it is in.
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

# $1: name; standard input: the findings. With --planted they have to be there.
verdict() {
	local count seconds found=$work/$1.txt
	if [ -n "$planted" ]; then
		sort -u >"$found"
		expect "$1" "$found"
		return
	fi
	sort -u | unknown "$tree" >"$found"
	# Only now has all that came before in the pipeline ended.
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

# $1: name, $2: its findings. In the planted sources a comment "lint:" tells what is to be
# found in its line, the name and then a text of the finding, and semicolons part several.
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
				printf 'ok - %s finds what is planted: %s\n' "$1" "$text"
			else
				sed 's/^/#   /' "$2"
				printf 'not ok - %s does not find what is planted in %s %s\n' \
					"$1" "$place" "$text"
				findings=$((findings + 1))
			fi
		done
	if [ -z "$some" ]; then
		printf 'not ok - %s has nothing planted for it\n' "$1"
		findings=$((findings + 1))
	fi
}

skip() {
	printf 'ok - %s # SKIP %s\n' "$1" "$2"
	skipped=$((skipped + 1))
}

have() { command -v "$1" >/dev/null; }

# $1: a function, called for each line of standard input with its words, on all
# processors at once. Prints what the calls print, each whole.
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

# What standard input, all that a compiler or its like says, says about our files, in
# paths from the root. $1: the folder of the build. Kernels before 6.13 compile from
# their own folder and name ours in full, later ones the other way round. An error
# counts wherever it is.
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

builds=(fallbacks kernel)
declare -A build_options=([kernel]="CRYPTO=kernel" [fallbacks]="CRYPTO=vendored PROBE_OFF=all")

by_gcc() { ! grep -q '^CONFIG_CC_IS_CLANG=y' "$kdir/include/config/auto.conf"; }

# What gcc says beyond W=1, some of it switched off by the kernel.
gcc_warnings=(-Wshadow -Wtype-limits -Wlogical-op -Wmaybe-uninitialized -Wunused-macros
	-Warray-bounds -Wstringop-overflow -Wstringop-truncation -Wrestrict -Wduplicated-cond
	-Wduplicated-branches -Wjump-misses-init -Walloc-zero)

build() { # KIND
	local log=$work/build-$1.log options=()
	read -r -a options <<<"${build_options[$1]}"
	# An object that is not compiled again says nothing.
	[ ! -d "$work/$1" ] || find "$work/$1" -name '*.o' -delete
	! have sparse || options+=(C=2 CHECK=sparse)
	! by_gcc || options+=("KCFLAGS=${gcc_warnings[*]}")
	if ! make -C "$tree" --no-print-directory module KDIR="$kdir" OUT="$work/$1" W=1 \
		"${options[@]}" >"$log" 2>&1; then
		grep -m 20 -i 'error\|^wireguard:' "$log" | sed 's/^/#   /' >&3
		printf 'not ok - the module does not build (%s)\n' "$log" >&3
		exit 1
	fi
	ours "$work/$1" <"$log"
}

# The compiler names the option behind a warning, sparse does not.
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

# For each build and each source that it has compiled a line: the build, the source, and
# whether it is the first build to have that source.
compiled() {
	local kind
	for kind in "${builds[@]}"; do
		sed -n "s,^ *\"file\": \"$work/$kind/\(.*\)\"\,\$,$kind \1,p" "$work/$kind/commands.json"
	done | { if [ -n "$planted" ]; then grep ' planted/\| netlink_dump.c$'; else cat; fi; } |
		awk -v work="$work" '{ print $1, work "/" $1 "/" $2, seen[$2]++ ? "again" : "first" }'
}

# clang-tidy's own checks take most of the time: once a source will do.
tidy() { # KIND SOURCE first | again
	local options=() off
	if [ "$3" = again ]; then
		printf -v off -- '-%s-*,' bugprone hicpp linuxkernel misc performance portability readability
		options=(--checks="$off")
	fi
	{
		clang-tidy --quiet -p "$work/$1" --config-file=src/.clang-tidy "${options[@]}" \
			--header-filter="^$work/$1/" --extra-arg=-include \
			--extra-arg="$allocators" "$2" 2>/dev/null ||
			printf 'error: clang-tidy ends with %d on %s\n' "$?" "$2"
	} | ours "$work/$1"
}

# Compiler, analyser and clang-tidy in one run.
clang_tools() {
	local name found=$work/clang-tools.txt
	if ! have clang || ! have clang-tidy; then
		for name in clang clang-analyzer clang-tidy; do
			skip "$name" "apt install clang clang-tidy"
		done
		return
	fi
	compiled | parallel tidy >"$found"
	{ grep -E '\[clang-diagnostic|error: ' "$found" || :; } | verdict clang
	{ grep '\[clang-analyzer' "$found" || :; } | verdict clang-analyzer
	{ grep -vE '\[clang-(diagnostic|analyzer)|error: ' "$found" || :; } | verdict clang-tidy
}

analyse() { # KIND SOURCE
	{
		tests/lint/commands.py --run "$work/$1" "$2" -fanalyzer -include "$allocators" 2>&1 ||
			printf 'error: gcc ends with %d on %s\n' "$?" "$2"
	} | ours "$work/$1"
}

gcc_analyzer() {
	if ! by_gcc; then
		skip gcc-analyzer "the kernel was built by another compiler"
		return
	fi
	compiled | grep ' first$' | parallel analyse |
		{ grep -E '\[-Wanalyzer|error: ' || :; } | verdict gcc-analyzer
}

# The kernel's scripts, from Debian's kernel source: $scripts.
scripts=
kernel_scripts() {
	local archive newest=
	for archive in /usr/src/linux-source-*.tar.xz; do
		[ ! -e "$archive" ] || newest=$archive
	done
	if [ -z "$newest" ]; then
		# A kernel's own tree has them all, headers have not.
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

# Our C files, from the root of the tree.
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

# Two of the patches are written in OCaml and want its compiler. Probes never run.
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

# FILE_PATH_CHANGES is about MAINTAINERS, which only the kernel's tree has. It
# runs in the work folder, where it leaves a cache.
checkpatch_of() { # FILE...
	(
		cd "$work"
		perl "$scripts/checkpatch.pl" --no-tree --no-summary --terse --show-types \
			--max-line-length=100 --ignore FILE_PATH_CHANGES --file "${@/#/$tree/}" || :
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

shellcheck_of() { shellcheck -x -f gcc "$1" || :; }

shell() {
	local where=.
	if ! have shellcheck; then
		skip shellcheck "apt install shellcheck"
		return
	fi
	[ -z "$planted" ] || where=src/planted
	(cd "$tree" && grep -rlE -m 1 '^#!.*(bash|/sh)' --exclude-dir=build --exclude-dir=.git \
		--exclude-dir="${planted:-planted}" "$where") | sort |
		(cd "$tree" && parallel shellcheck_of) | verdict shellcheck
}

own_rules() {
	(cd "$tree" && { grep -rnE 'LINUX_VERSION_CODE|HAVE_' src --include='*.[ch]' || :; }) |
		{ grep -v '^src/compat/' || :; } | verdict no-kernel-conditionals
	(
		cd "$tree"
		find src -name generated -prune -o -name '*.mod.c' -prune -o \
			\( -name '*.[ch]' -o -name 'Kbuild*' \) \
			-exec grep -L 'SPDX-License-Identifier: GPL-2.0' {} +
	) | sed 's/$/:1: no line with the licence/' | verdict spdx
}

# Links between the pages, the table of counters, the manual page.
documents() { tests/lint/documents.py | verdict documents; }

if [ -n "$planted" ]; then
	rm -rf "$tree"
	make --no-print-directory stage DIR="$tree"
	cp -r tests/lint/planted "$tree/src/"
	# Three objects do, and that they call what is not there is no matter.
	sed -i '/^include .*Kbuild.probes/i wireguard-y := main.o netlink_dump.o planted/planted.o' \
		"$tree/src/Kbuild"
	export KBUILD_MODPOST_WARN=1
	# One more in the midst of the driver: what is not wanted after all is not freed.
	sed -i '/^\t\tkfree(dump);$/{
		N
		/ERR_PTR/s,.*\n\(.*;\)$,\1 /* lint: clang-analyzer Potential leak; gcc-analyzer leak of */,
	}' "$tree/src/netlink_dump.c"
	if cmp -s src/netlink_dump.c "$tree/src/netlink_dump.c"; then
		printf 'not ok - nothing was planted in src/netlink_dump.c\n'
		exit 1
	fi
	# One will do.
	builds=(kernel)
fi
kernel_scripts
compilers
for kind in "${builds[@]}"; do tests/lint/commands.py "$work/$kind" "$kdir"; done
clang_tools
gcc_analyzer
coccinelle
checkpatch
shell
own_rules
[ -n "$planted" ] || documents
if [ -n "$planted" ]; then
	printf '%d bugs not found, %d skipped\n' "$findings" "$skipped"
else
	printf '%d findings, %d skipped, %d s\n' "$findings" "$skipped" "$SECONDS"
fi
[ "$findings" = 0 ]
exit
}
