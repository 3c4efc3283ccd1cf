#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# How the build runs its probes: many in one compilation must give the answers that each would
# give alone, whatever errors the others have.  Run from tests/unit.
#
# usage: test_probes.sh

set -euo pipefail
# shellcheck source=tests/unit/lib.sh
source ./lib.sh
here=$PWD
probe_sh=$here/../../src/compat/probe.sh
work=$(mktemp -d "${TMPDIR:-/tmp}/wireguard-probes.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir "$work/probes"
# gcc is called through this script, so that a test can count the calls and make them fail.
cat >"$work/cc" <<CC
#!/bin/bash
[ "\$1" = --version ] || echo run >>$work/runs
if [ "\$1" = -dumpmachine ] && [ -n "\${TARGET:-}" ]; then
	echo "\$TARGET"
	exit
fi
if [ -n "\${BROKEN:-}" ]; then
	echo 'cc: no input'
	exit 1
fi
if [ -n "\${DIES:-}" ]; then
	[ "\$DIES" != signal ] || kill -KILL \$\$
	printf '%s\n' "\$DIES" 'all.c:1: error: of no account'
	exit 1
fi
exec gcc "\$@"
CC
chmod +x "$work/cc"
flags=(-fsyntax-only -Wall -Wno-error -Werror=implicit-function-declaration
	-Werror=incompatible-pointer-types -I"$work/headers")

probe() { # NAME: its text is standard input
	cat >"$work/probes/$1.c"
}

mkdir -p "$work/headers" "$work/tree/include/generated"
printf '0x00000000\t%s\tvmlinux\tEXPORT_SYMBOL\n' has_function other_function >"$work/tree/Module.symvers"
cat >"$work/headers/has.h" <<'H'
#pragma once
struct thing { int old; };
int has_function(struct thing *t);
#define HAS_MACRO(x) ((x)->gone)
#define MUST_BE(e) (sizeof(struct { int : (-!(e)); }))
H
cat >"$work/headers/wants.h" <<'H'
static inline int wants(struct thing *t) { return t->WANTED; }
H
probe CONTROL_COMPILES <<'P'
int probe_CONTROL_COMPILES(void);
int probe_CONTROL_COMPILES(void) { return 0; }
P
probe CONTROL_FAILS <<'P'
int probe_CONTROL_FAILS(void);
int probe_CONTROL_FAILS(void) { return wg_no_such_function(); }
P
declare -A want
yes() { want[$1]=1; { echo '#include <has.h>'; cat; } | probe "$1"; }
no() { want[$1]=0; { echo '#include <has.h>'; cat; } | probe "$1"; }
yes A_FUNCTION <<<'int a(struct thing *t); int a(struct thing *t) { return has_function(t); }'
no B_NO_HEADER <<<'#include <linux/there/is/none.h>'
yes C_FIELD <<<'int c(struct thing *t); int c(struct thing *t) { return t->old; }'
no D_NO_FIELD <<<'int d(struct thing *t); int d(struct thing *t) { return t->new; }'
no E_NO_FUNCTION <<<'int e(void); int e(void) { return lacking(1); }'
# The compiler reports a missing function only once a file.
no F_SAME_FUNCTION <<<'int f(void); int f(void) { return lacking(1); }'
no G_ANOTHER_HEADER <<<'#include <there/is/none/either.h>'
no H_MACRO <<<'int h(struct thing *t); int h(struct thing *t) { return HAS_MACRO(t); }'
no I_TYPE <<<'int i(long *t); int i(long *t) { return has_function(t); }'
# The error is in a macro of a header that another probe included first.
no H_WIDTH <<<'int w[MUST_BE(sizeof(int) == 1)];'
# An error in a header, caused by a probe. No other probe may be affected.
no J_IN_HEADER < <(printf '#define WANTED new\n#include <wants.h>\n')
# A missing brace swallows what follows it in the same source.
no K_OPEN_BRACE <<<'int k(void); int k(void) { return (0;'
yes L_AFTER_BRACE <<<'int l(struct thing *t); int l(struct thing *t) { return t->old; }'
yes M_WARNS <<<'int m(void) { int unused; return 0; }'
no N_TWICE < <(printf 'int n(void); int n(void) { return lacking(1) + lacking(2); }\n')
# A header may declare what the kernel does not export.
yes O_EXPORTED < <(printf '/* exports: has_function other_function */\nint o;\n')
no P_NOT_EXPORTED < <(printf '/* exports: has_function function */\nint p;\n')
yes Z_LAST <<<'int z; int *zp = &z;'
names=$(printf '%s\n' "${!want[@]}" | sort | tr '\n' ' ')

launcher=
ask() { # NAMES: the answers are in $work/out/answers
	mkdir -p "$work/out"
	sh "$probe_sh" ask "$work/out/answers" "$work/probes" "$1" "$work/tree/Module.symvers" \
		${launcher:+"$launcher"} "$work/cc" "${flags[@]}"
}

echo "1..$((${#want[@]} + 65))"
: >"$work/runs"
ask "$names"
together=$(wc -l <"$work/runs")
for name in $names; do
	rc=0
	grep -qx "$name ${want[$name]}" "$work/out/answers" || rc=1
	point $rc "$name says $([ "${want[$name]}" = 1 ] && echo yes || echo no)"
done
rc=0
for name in $names; do
	ask "$name"
	grep -qx "$name ${want[$name]}" "$work/out/answers" || rc=1
done
point $rc "each asked alone says the same"

yesses=$(for n in $names; do [ "${want[$n]}" = 0 ] || echo "$n"; done | tr '\n' ' ')
: >"$work/runs"
ask "$yesses D_NO_FIELD I_TYPE"
point "$([ "$(wc -l <"$work/runs")" = 3 ]; echo $?)" "plain answers need three compilations, whatever their number"
point "$([ "$together" -lt $((2 * ${#want[@]})) ]; echo $?)" "even the worst mixture needs fewer than two a probe"

fails() { # PATTERN NAME COMMAND...
	local pattern=$1 name=$2
	shift 2
	if "$@" 2>"$work/err"; then
		point 1 "$name"
	else
		point "$(grep -q "$pattern" "$work/err"; echo $?)" "$name"
	fi
}
BROKEN=1 fails 'the compiler are broken.*cc: no input' "a compiler that does not run is no answer" ask "$names"
probe CONTROL_FAILS <<<'int no_error_here;'
fails 'accepts a call to a function' "a compiler that lets all pass is no answer" ask "$names"
probe CONTROL_FAILS <<<'int x(void); int x(void) { return wg_no_such_function(); }'
probe CONTROL_COMPILES <<<'#include <linux/of/broken/headers.h>'
fails 'headers or the compiler are broken.*headers.h' "broken headers are no answer" ask "$names"
probe CONTROL_COMPILES <<<'int control;'
# kept: the old answers are unchanged, and no new ones are left.
kept() {
	[ "$(cat "$work/out/answers")" = before ] && [ ! -e "$work/out/answers.tmp" ]
}
for words in 'gcc: fatal error: Killed signal terminated program cc1' 'all.c:1: internal compiler error: in x' \
	'all.c:1: fatal error: No space left on device' 'cc1: out of memory: Cannot allocate memory'; do
	echo before >"$work/out/answers"
	DIES=$words fails "^wireguard: the compiler died: $words\$" "a compiler that dies is no answer: $words" ask "$names"
	point "$([ "$(wc -l <"$work/err")" = 1 ] && kept; echo $?)" "there is no other message, and no answer is left"
done
echo before >"$work/out/answers"
DIES=signal fails '^wireguard: the compiler died: status 137 ' "a compiler that is killed without a word is no answer" \
	ask "$names"
point "$(kept; echo $?)" "no answer is left"
BROKEN=1 fails 'the compiler are broken' "a compiler that does not run" ask "$names"
point "$(kept; echo $?)" "leaves no answer"
for line in '' ask; do
	# shellcheck disable=SC2086 # none, or one
	fails '^wireguard: usage: probe.sh identity|ask|compose|report FILE' "probe.sh '$line'" sh "$probe_sh" $line
done
fails '^wireguard: probe.sh: no command answer$' "probe.sh with an unknown command" sh "$probe_sh" answer "$work/out/answers"
point "$(kept; echo $?)" "leaves the file alone"
echo '#error someone broke this' >>"$work/headers/has.h"
ask "$names"
point "$([ "$(sed 's/.* //' "$work/out/answers" | sort -u)" = 0 ]; echo $?)" \
	"an error in a header that all use is a no of all"

# How the answers are used: forms of an API, and answers that are forced off.
for name in FORM_NEW FORM_OLD THIRD FREE NEEDED LACKING; do probe $name <<<'/* a question */'; done
probe NEEDED <<<'/* stays: it must */'
answers() { printf '%s 1\n' "$@" >"$work/out/answers"; }
echo headers >"$work/out/identity"
compose() { # PROBE_OFF FORMS
	sh "$probe_sh" compose "$work/out/config.h" "$work/probes" "$1" "$2"
}
config() { # LINE...: the definitions are these
	sed -n 's/^#define HAVE_//p' "$work/out/config.h" | diff - <(printf '%s\n' "$@") >"$work/err"
}
both='call():FORM_NEW,FORM_OLD'
answers FORM_NEW FORM_OLD FREE NEEDED
echo 'LACKING 0' >>"$work/out/answers"
compose '' "$both"
point "$(config 'FORM_NEW 1' 'FORM_OLD 1' 'FREE 1' 'NEEDED 1' 'LACKING 0'; echo $?)" "answers become definitions"
compose FREE "$both"
point "$(config 'FORM_NEW 1' 'FORM_OLD 1' 'FREE 0 /* forced off */' 'NEEDED 1' 'LACKING 0'; echo $?)" \
	"one is forced off"
compose all "$both"
point "$(config 'FORM_NEW 0 /* forced off */' 'FORM_OLD 1' 'FREE 0 /* forced off */' 'NEEDED 1' \
	'LACKING 0 /* forced off */'; echo $?)" "all are forced off, but for the last form and what stays"
fails 'there is no probe TYPO' "forced off by a name that is none" compose TYPO "$both"
# shellcheck disable=SC2016 # it must not run
for name in 'F..E' 'FREE.' '[F]REE' a/b '";' '$(id)' "';"; do
	fails 'is not the name of a probe' "forced off by $name, which is no name" compose "$name" "$both"
done
unsupported='call() has a prototype on this kernel that this module does not support'
unsupported+=' (supported: FORM_NEW FORM_OLD, see src/compat/probes); please report it with '
fails "$unsupported" "both forms forced off" \
	compose 'FORM_NEW FORM_OLD' "$both"
point "$(config 'FORM_NEW 0 /* forced off */' 'FORM_OLD 1' 'FREE 0 /* forced off */' 'NEEDED 1' \
	'LACKING 0 /* forced off */' && [ ! -e "$work/out/config.h.tmp" ]; echo $?)" "what fails changes no definition"
printf 'FORM_NEW 0\nFORM_OLD 0\n' >"$work/out/answers"
fails "^wireguard: $unsupported" "a third form" \
	compose '' "$both"
point "$([ "$(wc -l <"$work/err")" = 1 ]; echo $?)" "and there is no other message"
fails "^wireguard: CALL has a prototype .*/no.log; CRYPTO=vendored builds without it\$" "and what builds without it" \
	compose '' 'CALL[CRYPTO=vendored]:FORM_NEW,FORM_OLD'
printf 'FORM_NEW 0\nFORM_OLD 1\n' >"$work/out/answers"
compose '' "$both"
point "$(config 'FORM_NEW 0' 'FORM_OLD 1'; echo $?)" "the older form will do"

# A compiler other than the kernel's.
sed -i '/someone broke this/d' "$work/headers/has.h"
compiler() { # WHICH: what built the kernel, by its headers; messages go to output
	echo "#define LINUX_COMPILER \"$1\"" >"$work/tree/include/generated/compile.h"
	ask C_FIELD 2>"$work/output"
}
version=$(gcc -dumpfullversion)
major=${version%%.*}
export OS_RELEASE=$work/os-release
echo ID=debian >"$OS_RELEASE"
compiler "gcc version $version (somebody's)"
point "$([ ! -s "$work/output" ]; echo $?)" "the same compiler as the kernel's causes no message"
compiler "gcc-${version%%.*} (somebody's) $version, GNU ld (GNU Binutils for Somebody) 2.35.2"
point "$([ ! -s "$work/output" ]; echo $?)" "nor does its linker"
cat >"$work/launcher" <<'LAUNCHER'
#!/bin/sh
case $1 in --version) echo "launcher version 4.7.5" ;; *) exec "$@" ;; esac
LAUNCHER
chmod +x "$work/launcher"
launcher=$work/launcher
compiler "gcc version $version (somebody's)"
point "$([ ! -s "$work/output" ]; echo $?)" "nor does a launcher before ours, such as ccache"
launcher=
compiler "gcc version 4.8.5 20150623 (Red Hat 4.8.5-44)"
point "$(grep -q "^wireguard: warning: the kernel was built by \"gcc version 4.8.5" "$work/output"; echo $?)" \
	"another version is a warning"
point "$(grep -q '^C_FIELD 1' "$work/out/answers"; echo $?)" "and no more than that"
compiler "Debian clang version ${version%%.*}.0.6"
point "$(grep -q 'warning: the kernel was built by "Debian clang' "$work/output"; echo $?)" \
	"another make of compiler is a warning"
flags+=(-mno-such-flag)
fails "does not take the kernel's flags .*no-such-flag.*built by Debian clang.*: apt install clang-$major lld-$major llvm-$major, and give LLVM=1\$" \
	"a compiler that does not take the kernel's flags" ask C_FIELD
mkdir -p "$work/tree/include/config"
echo CONFIG_S390=y >"$work/tree/include/config/auto.conf"
fails "headers are those of a kernel for s390, and the compiler builds for .*: give ARCH=s390 and CROSS_COMPILE=, .* for s390, for example s390x-linux-gnu-: apt install gcc-s390x-linux-gnu\$" \
	"a compiler for another architecture" ask C_FIELD
while read -r option target fault name; do
	echo "CONFIG_$option=y" >"$work/tree/include/config/auto.conf"
	TARGET=$target fails "$fault" "$name" ask C_FIELD
done <<'TABLE'
ARM64 arm-linux-gnueabihf give.ARCH=arm64.and.CROSS_COMPILE=,.*for.aarch64,.*.apt.install.gcc-aarch64-linux-gnu$ the kernel and compilers name one architecture differently
ARM64 aarch64-linux-gnu does.not.take a compiler for arm64
PPC powerpc64le-linux-gnu does.not.take a compiler for powerpc
PPC ppc64le-redhat-linux does.not.take its name on Fedora
PPC x86_64-linux-gnu kernel.for.powerpc and one for x86
TABLE
printf 'CONFIG_X86=y\nCONFIG_ARM64=y\nCONFIG_S390=y\n' | grep "$(case $(gcc -dumpmachine) in x86*|i?86*) echo X86 ;;
	aarch64*) echo ARM64 ;; *) echo S390 ;; esac)" >"$work/tree/include/config/auto.conf"
fails "does not take the kernel's flags" "which is not the fault where it is the same" ask C_FIELD
sed -i 's/Debian clang version/gcc version/' "$work/tree/include/generated/compile.h"
fails "does not take the kernel's flags .*built by gcc.*: apt install gcc, and give CC=gcc\$" "a kernel that gcc built needs CC=" ask C_FIELD
compiler "gcc-9 (Debian 9.3.0-22) 9.3.0" || :
fails "built by gcc-9 .*: apt install gcc-9, and give CC=gcc-9\$" "and Debian's headers name it" ask C_FIELD
without_compiler() { # WORDS
	sh "$probe_sh" ask "$work/out/answers" "$work/probes" C_FIELD "$work/tree/Module.symvers" "$@"
}
cp "$work/launcher" "$work/ccache"
for words in gcc-99 "$work/ccache gcc-99"; do
	# shellcheck disable=SC2086 # words
	fails '^wireguard: the compiler gcc-99 is not installed: apt install gcc-99, or give CC=' \
		"no compiler: ${words##*/}" without_compiler $words -Wall
done

# What the answers depend on, with a find that lacks -printf, as busybox's does.
mkdir -p "$work/bin"
cat >"$work/bin/find" <<FIND
#!/bin/sh
case " \$* " in *" -printf "*) echo "find: unrecognized: -printf" >&2; exit 1 ;; esac
exec $(command -v find) "\$@"
FIND
chmod +x "$work/bin/find"
identity() { # prints it
	PATH=$work/bin:$PATH sh "$probe_sh" identity "$work/identity" "$work/tree" "$work/tree" "$work/cc"
	cat "$work/identity"
}
mkdir -p "$work/tree/include/linux"
: >"$work/tree/include/linux/a.h"
before=$(identity)
point "$([ "$(identity)" = "$before" ]; echo $?)" "the same headers have the same identity"
echo '#define NEW' >"$work/tree/include/linux/a.h"
point "$([ "$(identity)" != "$before" ]; echo $?)" "a header that changes is noticed, also with busybox"

# What a new kernel lacks.
newly() { # RELEASE PATTERN NAME, with the answers of the newest kernel and those in standard input
	mkdir -p "$work/new/compat/generated"
	{ sed -n 's/^[A-Z].*/& 0/p' "$here/../newest.list"; echo 'WQ_PERCPU 1'; cat; } \
		>"$work/new/compat/generated/answers"
	"$here/../newly-missing.sh" "$1" "$work/new" >"$work/output"
	point "$(grep -qx "$2" <<<"$(cat "$work/output")"; echo $?)" "$3"
}
newly 99.1.2-rt-amd64 '99.1.2-rt-amd64 is newer than [0-9.]* and lacks: HAS_GONE' \
	"what a newer kernel lacks is listed" <<<'HAS_GONE 0'
newly 99.1.2 '99.1.2 is newer than [0-9.]* and lacks nothing more' "a newer kernel lacks nothing" <<<'HAS_COME 1'
newly "$(grep -m 1 '^[0-9]' "$here/../newest.list").9-amd64" '' "the newest known kernel is not listed" <<<'HAS_GONE 0'
newly 4.4.178 '' "nor is an older one" <<<'HAS_GONE 0'

# "make probe-report" prints the question of each probe, which is its second line.
for probe in "$here"/../../src/compat/probes/*.c; do
	sed -n 2p "$probe" | grep -q '^/\* .* \*/$' || echo "${probe##*/}"
done >"$work/output"
point "$([ ! -s "$work/output" ]; echo $?)" "each probe has its question in its second line" "$work/output"
