#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Compiles the probes and writes their answers (see Kbuild.probes). It uses plain sh and
# coreutils only, because it must run on every machine that builds kernel modules.
#
# usage: probe.sh identity FILE SRCTREE OBJTREE CC FLAGS...
#        probe.sh ask ANSWERS PROBES-DIR "NAMES" SYMVERS CC FLAGS...
#        probe.sh compose config.h PROBES-DIR "PROBE_OFF NAMES"|all "API[INSTEAD]:FORM,FORM..."
#        probe.sh report config.h PROBES-DIR
set -eu

die()
{
	echo "wireguard: $*" >&2
	exit 1
}

# replace FILE: writes standard input to FILE, unless FILE has this content already
replace()
{
	cat > "$1.tmp"
	if cmp -s "$1.tmp" "$1"; then
		rm -f "$1.tmp"
	else
		mv "$1.tmp" "$1"
	fi
}

# version_of CC FLAGS...: the output of the compiler for --version. CC may begin with a
# launcher, as in "ccache gcc"; the version of the launcher is not what is wanted.
version_of()
{
	cc=
	for word; do
		case $word in -*) break ;; esac
		cc="$cc $word"
	done
	$cc --version
}

# identity FILE SRCTREE OBJTREE CC FLAGS...: writes a hash of all that the answers depend
# on: the headers by name, size and time, the configuration and the exports by content,
# the compiler by its version and flags. busybox has no find -printf.
identity()
{
	file=$1 srctree=$2 objtree=$3
	shift 3
	mkdir -p "$(dirname "$file")"
	{
		find -L "$srctree/include" "$srctree/arch/${SRCARCH:-.}/include" \
			"$objtree/include/generated" -name '*.h' -exec stat -L -c '%n %s %y' {} + | sort
		cat "$objtree/include/generated/autoconf.h"
		cat "$objtree/include/generated/utsrelease.h" "$objtree/Module.symvers"
		version_of "$@"
		printf '%s\n' "$@"
	} 2> /dev/null | sha256sum | cut -d ' ' -f 1 | replace "$file"
}

# compile FILE "NAMES" CC FLAGS...: compiles these probes as one source, FILE.c; the
# output of the compiler is in FILE.log
compile()
{
	file=$1 list=$2
	shift 2
	for name in $list; do
		printf '#include "%s/%s.c"\n' "$probes" "$name"
	done > "$file.c"
	LC_ALL=C "$@" "$file.c" > "$file.log" 2>&1 && return
	status=$?
	# A compiler that a signal ends, for example for lack of memory, has answered nothing.
	[ $status -le 128 ] || die "the compiler died: status $status (a signal has 128 and its number)"
	! grep -q -E 'Killed signal|internal compiler error|No space left|Cannot allocate memory' \
		"$file.log" || die "the compiler died: $(head -n 1 "$file.log")"
	return 1
}

# blamed FILE: prints the probes that have errors, in their own lines, in a macro that
# they expand, or in a header that they include. For an error in a macro, the probe that
# expands the macro counts, not the probe that included its header first.
blamed()
{
	awk '
	function probe(line) {
		if (match(line, "/probes/[A-Z0-9_]+[.]c:"))
			return substr(line, RSTART + 8, RLENGTH - 11)
	}
	/^In file included from |^ +from / { by = by " " probe($0); next }
	/ error: / { print at; own = probe($0); at = own ? own : by; by = "" }
	/ note: in (expansion|definition) of macro / {
		if (!own && probe($0)) at = probe($0)
	}
	/ (warning|note): / { by = "" }
	END { print at }' "$1.log" | tr -s ' ' '\n' | sort -u | tr '\n' ' '
}

# without "NAMES" "GONE": prints the names that are not in GONE, in reverse order
without()
{
	rest=
	for name in $1; do
		case " $2 " in
		*" $name "*) ;;
		*) rest="$name $rest" ;;
		esac
	done
	echo "$rest"
}

# unexported NAME SYMVERS: prints the symbols of a probe's line "exports:" that the kernel
# does not export. Headers also declare functions that are not exported.
unexported()
{
	sed -n 's,^/\* exports: \(.*\) \*/$,\1,p' "$probes/$1.c" | tr ' ' '\n' |
		awk 'NR == FNR { exported[$2]; next } NF && !($1 in exported)' "$2" -
}

# compiler_of: reduces a line of version_of to the name and the major version
compiler_of()
{
	sed -n 's/.*\(clang\) version \([0-9]*\).*/\1 \2/p
		t
		s/.* \([0-9][0-9]*\)\.[0-9][0-9]*\.[0-9].*/gcc \1/p' | head -n 1
}

# kernel_compiler GENERATED: prints the compiler that built the kernel if the headers have
# it. Some kernels append the linker, which is removed.
kernel_compiler()
{
	sed -n 's/^#define \(LINUX_COMPILER\|CONFIG_CC_VERSION_TEXT\) "\(.*\)"/\2/p' \
		"$1/compile.h" "$1/autoconf.h" 2> /dev/null | head -n 1 | sed 's/, \(GNU ld\|LLD\) .*//'
}

# compare_compilers OBJTREE CC FLAGS...: prints a warning if the compilers differ and the
# kernel's own makefile has no such warning. It is no error, because most modules that
# another compiler built work.
compare_compilers()
{
	kernel=$(kernel_compiler "$1/include/generated")
	shift
	ours=$(version_of "$@" 2> /dev/null | head -n 1)
	! grep -q 'compiler differs' "${srctree:-.}/Makefile" 2> /dev/null || return 0
	[ -n "$kernel" ] && [ -n "$ours" ] || return 0
	[ "$(echo "$kernel" | compiler_of)" = "$(echo "$ours" | compiler_of)" ] ||
		echo "wireguard: warning: the kernel was built by \"$kernel\"," \
			"this module is built by \"$ours\"; CC= selects another compiler" >&2
}

# install COMPILER: prints how to install it
install()
{
	sh "${0%/*}/install-command.sh" compiler "$1"
}

# foreign OBJTREE CC FLAGS...: ends with the reason if the compiler builds for another
# architecture than the kernel's
foreign()
{
	arch=$(sed -n 's/^CONFIG_\(X86\|ARM64\|ARM\|S390\|RISCV\|PPC\|MIPS\|LOONGARCH\)=y/\1/p' \
		"$1/include/config/auto.conf" 2> /dev/null | head -n 1 |
		sed 's/^PPC$/powerpc/' | tr '[:upper:]' '[:lower:]')
	cpu=$arch
	[ "$arch" != arm64 ] || cpu=aarch64
	shift
	cc=
	for word; do
		case $word in
		--target=*) return ;;
		esac
	done
	for word; do
		case $word in
		-*) break ;;
		esac
		cc="$cc $word"
	done
	target=$($cc -dumpmachine 2> /dev/null) || return 0
	case $target in
	"$cpu"* | '') return ;;
	x86_64-* | i[3-6]86-*) [ "$arch" != x86 ] || return 0 ;;
	ppc*) [ "$arch" != powerpc ] || return 0 ;;
	esac
	case $arch in
	x86) triplet=x86_64-linux-gnu ;;
	arm) triplet=arm-linux-gnueabihf ;;
	s390) triplet=s390x-linux-gnu ;;
	riscv) triplet=riscv64-linux-gnu ;;
	powerpc) triplet=powerpc64le-linux-gnu ;;
	*) triplet=$cpu-linux-gnu ;;
	esac
	die "the headers are those of a kernel for $arch, and the compiler builds for $target:" \
		"give ARCH=$arch and CROSS_COMPILE=, the prefix of a compiler for $cpu," \
		"for example $triplet-: $(install "$triplet-gcc")"
}

# named COMPILER: prints the command of the compiler that built the kernel. COMPILER is the text
# in the kernel's headers. On Debian it begins with the command. Elsewhere it has at most the
# version.
named()
{
	case $1 in
	*-linux-*gcc* | gcc-[0-9]* | clang-[0-9]*) echo "${1%% *}" ;;
	*clang*) echo "$1" | compiler_of | tr ' ' - ;;
	*) echo gcc ;;
	esac
}

# broken LOG OBJTREE CC FLAGS...: ends with the reason why nothing compiles
broken()
{
	log=$1 built_by=$(kernel_compiler "$2/include/generated")
	shift
	foreign "$@"
	shift
	by=$(named "$built_by")
	give="give CC=$by"
	case $by in *clang*) give="give LLVM=1" ;; esac
	for word; do
		case $word in
		*ccache) continue ;;
		esac
		command -v "$word" > /dev/null ||
			die "the compiler $word is not installed: $(install "$word"), or give CC= another one"
		break
	done
	first=$(grep -m 1 -i -E 'error|not found' "$log" || head -n 1 "$log")
	if grep -q -i -E 'unrecognized.* option|unknown argument|unsupported option' "$log"; then
		die "the compiler ($(version_of "$@" | head -n 1)) does not take the kernel's" \
			"flags ($first); the kernel was built by ${built_by:-another compiler}: $(install "$by"), and $give"
	fi
	die "the kernel headers or the compiler are broken, an empty module" \
		"does not compile: $first (log: $log)"
}

# ask ANSWERS PROBES-DIR "NAMES" SYMVERS CC FLAGS...: writes the answer of each probe
#
# A probe that does not compile has the answer no. Nearly all the time of a probe is spent
# on starting the compiler and reading the kernel's headers, so probes are compiled
# together:
#
# 1. All probes in one source. The answer of a probe with an error is probably no. A probe
#    without an error may be a yes, or it may follow an error that ended the compilation.
# 2. The probes without errors in one source, repeated without those that now have errors,
#    until there is no error: the answer of these is yes.
# 3. The probes with errors in one source, in reverse order. The answer of those that have
#    an error again is no.
# 4. Each of the remaining probes alone.
#
# The control probes are compiled with them. They distinguish a no from a compiler or from
# headers that cannot compile anything.
ask()
{
	answers=$1 probes=$2 all=$3 symvers=$4
	shift 4
	dir=$(dirname "$answers")
	compare_compilers "$(dirname "$symvers")" "$@"
	rm -f "$dir"/*.c "$dir"/*.log
	yes="CONTROL_COMPILES $all"

	compile "$dir/all" "CONTROL_FAILS $yes" "$@" || :
	bad=$(blamed "$dir/all")
	case " $bad " in
	*" CONTROL_FAILS "*) ;;
	*) ! compile "$dir/control" CONTROL_FAILS "$@" ||
		die "the compiler accepts a call to a function that does not exist:" \
			"the answers of the probes are not valid (make V=1 shows the flags)" ;;
	esac
	no=
	while :; do
		# No probe has these errors, or CONTROL_COMPILES has one: steps 3 and 4
		# decide about all probes.
		left=$(without "$yes" "$bad")
		if [ "$(echo "$left" | wc -w)" = "$(echo "$yes" | wc -w)" ] ||
			[ "$left" = "$(without "$left" CONTROL_COMPILES)" ]; then
			no=$all yes=
			break
		fi
		no="$no $bad"
		yes=$left
		! compile "$dir/yes" "$yes" "$@" || break
		bad=$(blamed "$dir/yes")
	done
	case " $yes " in
	*" CONTROL_COMPILES "*) ;;
	*)
		compile "$dir/control" CONTROL_COMPILES "$@" ||
			broken "$dir/control.log" "$(dirname "$symvers")" "$@" ;;
	esac
	no=$(without "$no" 'CONTROL_COMPILES CONTROL_FAILS')
	said_no=
	[ -z "$no" ] || compile "$dir/no" "$no" "$@" || said_no=$(blamed "$dir/no")
	for name in $(without "$no" "$said_no"); do
		if compile "$dir/$name" "$name" "$@"; then yes="$yes $name"; fi
	done
	for name in $all; do
		case " $yes " in
		*" $name "*)
			lacking=$(unexported "$name" "$symvers")
			[ -n "$lacking" ] && echo "$name 0" || echo "$name 1" ;;
		*) echo "$name 0" ;;
		esac
	done > "$answers.tmp"
	# Replaced even if unchanged: make compares its time with that of the probes.
	mv "$answers.tmp" "$answers"
}

# said NAME: prints the answer for the kernel's headers, which ignores PROBE_OFF
said()
{
	sed -n "s/^$1 //p" "$out/answers"
}

# all_off "FORMS": prints the probes that can be forced off together. Those are, of each
# API, all forms of this kernel but the last, and all probes of APIs that the driver can
# do without. A probe with a line "stays:", which gives the reason, is not forced off.
all_off()
{
	forms=" "
	for api in $1; do
		last=
		for name in $(echo "${api#*:}" | tr , ' '); do
			forms="$forms$name "
			[ "$(said "$name")" = 0 ] || { [ -z "$last" ] || echo "$last"; last=$name; }
		done
	done
	while read -r name _; do
		case $forms in
		*" $name "*) ;;
		*) grep -q '^/\* stays: ' "$probes/$name.c" || echo "$name" ;;
		esac
	done < "$out/answers"
}

# known_forms "FORMS" "OFF": fails if the kernel has none of the forms of an API
known_forms()
{
	for api in $1; do
		names=$(echo "${api#*:}" | tr , ' ')
		found=
		for name in $names; do
			case " $2 " in
			*" $name "*) ;;
			*) [ "$(said "$name")" = 0 ] || found=$name ;;
			esac
		done
		[ -z "$found" ] || continue
		what=${api%%:*} without=
		case $what in
		*]) without=${what#*\[} what=${what%%\[*} without="; ${without%]} builds without it" ;;
		esac
		die "$what has a prototype on this kernel that this module does not" \
			"support (supported: $names, see src/compat/probes);" \
			"please report it with $out/no.log$without"
	done
}

compose()
{
	config=$1 probes=$2 off=$3 forms=$4
	out=$(dirname "$config")
	[ "$off" != all ] || off=$(all_off "$forms" | tr '\n' ' ')
	for name in $off; do
		case $name in
		*[!A-Z0-9_]*) die "PROBE_OFF: $name is not the name of a probe; make probe-report lists them" ;;
		esac
		[ -n "$(said "$name")" ] ||
			die "PROBE_OFF: there is no probe $name; make probe-report lists them"
	done
	known_forms "$forms" "$off"
	{
		echo "/* Generated by the build: what the target kernel has. */"
		echo "/* Headers: $(cat "$out/identity") */"
		while read -r name said; do
			case " $off " in
			*" $name "*) echo "#define HAVE_$name 0 /* forced off */" ;;
			*) echo "#define HAVE_$name $said" ;;
			esac
		done < "$out/answers"
	} | replace "$config"
}

report()
{
	config=$1 probes=$2
	while read -r define have value note; do
		[ "$define" = "#define" ] || continue
		name=${have#HAVE_}
		case $value$note in
		1*) says=yes ;;
		0) says=no ;;
		*) says=off ;;
		esac
		printf '%-28s %-4s %s\n' "$name" "$says" \
			"$(sed -n '2s,^/\* \(.*\) \*/$,\1,p' "$probes/$name.c")"
	done < "$config"
}

[ $# -ge 2 ] || die "usage: probe.sh identity|ask|compose|report FILE ..."
case $1 in
identity | ask | compose | report) "$@" ;;
*) die "probe.sh: no command $1" ;;
esac
