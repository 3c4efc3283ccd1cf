#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Compares the vendored cryptography with OpenSSL, libsodium, libb2 and the kernel's own library,
# in one run on one processor. The kernel's library is compiled here from Debian's linux-source,
# with its assembly, and takes part with its code for this CPU and for others. It is extracted into
# build/ and not kept elsewhere. Prints tables of medians and ratios, and draws a plot. A slower
# result is reported and is not an error.
#
# usage: [ROUNDS=N] [WORKLOADS=PREFIX] [LINUX_SOURCE=VERSION] tests/bench/crypto.sh   (or make bench-crypto)
#   ROUNDS=9           measurements of each contender, in turn (about 3 s a round)
#   WORKLOADS=encrypt   only workloads whose name begins so
#   LINUX_SOURCE=6.1   the package linux-source-VERSION whose library takes part; "none" for no kernel
# Results are printed and written to build/bench-crypto/.

set -euo pipefail

die() { printf 'bench-crypto: %s\n' "$*" >&2; exit 1; }
say() { printf 'bench-crypto: %s\n' "$*" >&2; }

# shellcheck source=tests/lib/options.sh
source "$(dirname "$0")/../lib/options.sh"
only_help bench-crypto "$@"
rounds=${ROUNDS:-9} workloads=${WORKLOADS:-} version=${LINUX_SOURCE:-6.1}
[[ $rounds =~ ^[1-9][0-9]{0,2}$ ]] || die "ROUNDS must be a number from 1 to 999: '$rounds'"
[[ $version =~ ^([0-9]+\.[0-9]+|none)$ ]] || die "LINUX_SOURCE must be a version such as 6.1: '$version'"
[ "$(uname -m)" = x86_64 ] || die 'measures on x86-64 only'
cd "$(dirname "$0")/../.."
grep -q -F "	{ \"$workloads" tests/bench/crypto/main.c ||
	die "no workload begins with '$workloads': the table in tests/bench/crypto/main.c has all names"
# shellcheck source=tests/lib/out.sh
source tests/lib/out.sh
out=$PWD/build/bench-crypto
take_out "$out"
tests/setup.sh >&2
bench=$PWD/tests/bench/crypto

# The flags of a kernel, without its position in memory.
flags=(-O2 -g1 -std=gnu11 -fno-strict-aliasing -fno-stack-protector -fno-pie -mno-red-zone
	-mno-mmx -mno-sse -mno-sse2 -mno-avx -fcf-protection=none -fno-asynchronous-unwind-tables)
# compile OUT SOURCE FLAG...
compile() {
	local to=$1 from=$2
	shift 2
	gcc -c "${flags[@]}" "$@" "$from" -o "$to" >>"$out/build.log" 2>&1 ||
		die "$from does not compile: $(grep -m1 error "$out/build.log") (build/bench-crypto/build.log)"
}
# join OUT.o SYMBOL DIR: one object of all in DIR, that exports the list SYMBOL only, since
# libraries have functions of the same names
join() {
	ld -r -z noexecstack -o "$out/joined.o" "$3"/*.o
	objcopy --keep-global-symbol="$2" --keep-global-symbol="${2}_count" "$out/joined.o" "$1"
	rm -f "$out/joined.o"
}

# The kernel's library: all files with the options of Debian's configuration for these primitives.
kernel_files=(
	lib/crypto/{chacha,libchacha,chacha20poly1305,blake2s,blake2s-generic}.c
	lib/crypto/{curve25519,curve25519-generic,curve25519-hacl64}.c
	arch/x86/crypto/{chacha_glue,poly1305_glue,blake2s-glue,curve25519-x86_64}.c
	arch/x86/crypto/{chacha-ssse3-x86_64,chacha-avx2-x86_64,chacha-avx512vl-x86_64,blake2s-core}.S
)
kernel_headers=(include/crypto/{chacha,poly1305,chacha20poly1305,blake2s,curve25519}.h
	include/crypto/internal/{chacha,poly1305,blake2s}.h)
build_kernel() {
	local tree=$out/linux-source-$version inc=$out/kernel-include dir=$out/kernel archive file header
	archive=/usr/src/linux-source-$version.tar.xz
	[ -e "$archive" ] || die "no $archive: apt install linux-source-$version, or LINUX_SOURCE=none"
	if [ ! "$tree/.complete" -nt "$archive" ]; then
		say "extracting $archive"
		rm -rf "$tree"
		tar -C "$out" -xf "$archive" --wildcards "linux-source-$version/lib/crypto/*" \
			"linux-source-$version/arch/x86/crypto/*" "linux-source-$version/include/crypto/*"
		touch "$tree/.complete"
	fi
	for file in "${kernel_files[@]}" "${kernel_headers[@]}"; do
		[ -e "$tree/$file" ] ||
			die "linux-source-$version has no $file: its library is arranged in another way"
	done
	rm -rf "$inc" "$dir"
	mkdir -p "$inc" "$dir"
	# The library's own headers, and stand-ins for all others that it includes.
	for file in "${kernel_headers[@]}"; do
		install -D -m 644 "$tree/$file" "$inc/${file#include/}"
	done
	(cd "$tree" && sed -n 's/^#include <\(.*\)>.*/\1/p' "${kernel_files[@]}" "${kernel_headers[@]}") | sort -u |
		while read -r header; do
			[ ! -e "$inc/$header" ] || continue
			mkdir -p "$inc/$(dirname "$header")"
			echo '#include "kernel_stubs.h"' >"$inc/$header"
		done
	perl "$tree/arch/x86/crypto/poly1305-x86_64-cryptogams.pl" >"$out/poly1305-x86_64.S"
	for file in "${kernel_files[@]/#/$tree/}" "$out/poly1305-x86_64.S" "$bench/kernel.c"; do
		compile "$dir/$(basename "$file").o" "$file" -w -nostdinc -I"$inc" -I"$bench" \
			-isystem "$(gcc -print-file-name=include)" -isystem /usr/include \
			-isystem "/usr/include/$(gcc -print-multiarch)" -DKERNEL_NAME="\"kernel-$version\""
	done
	join "$out/kernel.o" kernel "$dir"
}
build_ours() {
	local dir=$out/ours file sources ours_flags vector vector_flags
	rm -rf "$dir"
	mkdir -p "$dir"
	make --no-print-directory -s -C tests/unit vendored >"$out/sources"
	{ read -ra sources; read -ra ours_flags; read -ra vector; read -ra vector_flags; } <"$out/sources"
	ours_flags+=("${vector_flags[@]}" -D_GNU_SOURCE -DCONFIG_ARCH_SUPPORTS_INT128=1
		-Itests/unit/shim -Isrc/crypto -Isrc/compat -I"$bench")
	for file in "${sources[@]}" ${vector[@]+"${vector[@]}"} "$bench/ours.c"; do
		[[ $file != */selftest.c ]] || continue
		compile "$dir/$(basename "$file").o" "$file" "${ours_flags[@]}"
	done
	join "$out/ours.o" ours "$dir"
}

: >"$out/build.log"
say 'compiling'
build_ours
if [ "$version" = none ]; then
	printf '#include "bench.h"\nconst struct contender kernel[1];\nconst unsigned int kernel_count;\n' >"$out/none.c"
	compile "$out/kernel.o" "$out/none.c" -I"$bench"
else
	build_kernel
fi
gcc -O2 -g1 -std=gnu11 -Wall -Wextra -Werror -D_GNU_SOURCE -no-pie -I"$bench" "$bench"/{main,libraries}.c "$out"/{ours,kernel}.o \
	-o "$out/crypto-bench" -lcrypto -lsodium -lb2 >>"$out/build.log" 2>&1 ||
	die "the program does not build: $(grep -m1 -E 'error|undefined' "$out/build.log") (build/bench-crypto/build.log)"

say "$rounds rounds; this takes some $((rounds * 3 + 3)) s on a quiet machine"
{
	printf 'about\tDate: %s\n' "$(date -u '+%F %H:%M UTC')"
	printf 'about\tCPU: %s, family %s, model %s, stepping %s\n' \
		"$(sed -n 's/^model name\s*: //p' /proc/cpuinfo | head -n 1)" \
		"$(sed -n 's/^cpu family\s*: //p' /proc/cpuinfo | head -n 1)" \
		"$(sed -n 's/^model\s*: //p' /proc/cpuinfo | head -n 1)" \
		"$(sed -n 's/^stepping\s*: //p' /proc/cpuinfo | head -n 1)"
	printf 'about\t%s\n' "$(gcc --version | head -n 1)"
	[ "$version" = none ] || printf 'about\tlinux-source-%s %s\n' "$version" \
		"$(dpkg-query -W -f '${Version}' "linux-source-$version" 2>/dev/null || :)"
	printf 'about\tLoad of the machine at the start: %s\n' "$(cut -d' ' -f1-3 /proc/loadavg)"
	"$out/crypto-bench" "$rounds" ${workloads:+"$workloads"}
	printf 'about\tLoad of the machine at the end: %s\n' "$(cut -d' ' -f1-3 /proc/loadavg)"
} >"$out/raw.txt" || die "the measurement failed (build/bench-crypto/raw.txt)"
tests/bench/crypto.py "$out/raw.txt" "$out/plot.svg" | tee "$out/result.txt"
say 'results are in build/bench-crypto/result.txt, single values in raw.txt, a plot in plot.svg'
