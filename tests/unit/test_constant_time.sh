#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The time of the vendored primitives does not depend on secrets. valgrind's memcheck runs
# constant_time.c, in which secrets count as undefined, and reports branches and addresses that
# depend on them. constant_time.py reads the compiled code: for divisions and the like, and for
# branches that constant_time.allowed does not list. Both are done for several compilers,
# options and widths, with the flags of a kernel. Run from tests/unit.
#
# usage: test_constant_time.sh

set -euo pipefail
# shellcheck source=tests/unit/lib.sh
source ./lib.sh
work=$(mktemp -d "${TMPDIR:-/tmp}/wireguard-time.XXXXXX")
trap 'rm -rf "$work"' EXIT

make --no-print-directory -s vendored >"$work/vendored"
{ read -ra all; read -ra defines; read -ra vector; read -ra vector_flags; } <"$work/vendored"
# The self-test has no secrets.
sources=()
for file in "${all[@]}"; do
	case $file in
	*/selftest.c | */curve25519_adx.c) ;;
	*) sources+=("$file") ;;
	esac
done
flags=(-std=gnu11 -gdwarf-4 -Wall -Wextra -Werror -mno-red-zone -mno-mmx -mno-sse -mno-sse2 -mno-avx
	-fno-stack-protector -fno-strict-aliasing -fcf-protection=none -fno-pie -Ishim -I../../src/crypto
	-I../../src/compat)
for define in "${defines[@]}"; do
	[ "$define" = -DWG_CRYPTO_ADX ] || flags+=("$define")
done
# Without a C library, for reading only: 32 bits.
bare=(-m32 -ffreestanding -nostdlib -static -include bare.h -Xlinker -e -Xlinker 0
	-Xlinker --unresolved-symbols=ignore-all)

compilers=(gcc clang)
options=(-O2 -Os)
widths=(int128 64 32)
# Parts of constant_time.c, without and with the code that needs 64-bit limbs.
declare -A parts=([64]=8 [int128]=12)

build() { # NAME COMPILER OPTION WIDTH
	local more=(-D_GNU_SOURCE -no-pie -include constant_time.h constant_time.c)
	case $4 in
	int128)
		more+=(-DCONFIG_ARCH_SUPPORTS_INT128=1 "${vector_flags[@]}" ${vector[@]+"${vector[@]}"})
		more+=(-DWG_CRYPTO_ADX ../../src/crypto/curve25519_adx.c)
		;;
	32) more=("${bare[@]}") ;;
	esac
	"$2" "$3" "${flags[@]}" "${more[@]}" "${sources[@]}" -o "$work/$1" >"$work/$1.build" 2>&1
}

# memcheck FILE NAME WANTED: runs constant_time.c; a point for each part
memcheck() {
	local name=$1 wanted=$3 log=$work/$1.log line part reports seen=0 rc=0
	valgrind -q --error-limit=no --log-file="$log" "$work/$name" >"$work/$name.out" 2>&1 || rc=$?
	if [ "$rc" != 0 ] || [ "$(head -n 1 "$work/$name.out")" != "parts $wanted" ]; then
		point 1 "$2: runs under valgrind: exit status $rc" "$work/$name.out" "$log"
		return
	fi
	while read -r line; do
		part=${line#* }
		case $line in
		"wrong: "*) point 1 "$2: $line" ;;
		"skipped "*)
			point 0 "$2: ${part%%: *} # SKIP ${part#*: }"
			seen=$((seen + 1))
			;;
		"result "*)
			reports=${part##*: } part=${part%: *}
			seen=$((seen + 1))
			case $part in
			"a branch on a secret" | "an index by a secret")
				point "$((reports == 0))" "$2: memcheck reports $part" "$log"
				;;
			*)
				point "$((reports != 0))" "$2: $part: no branch or address depends on a secret" "$log"
				;;
			esac
			;;
		esac
	done <"$work/$name.out"
	[ "$seen" = "$wanted" ] || point 1 "$2: $seen of $wanted parts ran" "$work/$name.out"
}

total=0
for width in "${widths[@]}"; do
	each=1
	[ "$width" = 32 ] || each=$((each + parts[$width]))
	total=$((total + each * ${#compilers[@]} * ${#options[@]}))
done
case $(uname -m) in
x86_64) ;;
*)
	echo "1..1"
	point 0 "constant time # SKIP the flags and the reading of code are for x86"
	exit 0
	;;
esac
echo "1..$total"
for program in valgrind objdump "${compilers[@]}"; do
	command -v "$program" >/dev/null || {
		point 1 "no $program: apt install valgrind binutils gcc clang"
		exit 1
	}
done

names=()
for compiler in "${compilers[@]}"; do
	for option in "${options[@]}"; do
		for width in "${widths[@]}"; do names+=("$compiler $option $width"); done
	done
done
for name in "${names[@]}"; do
	read -r compiler option width <<<"$name"
	while [ "$(jobs -rp | wc -l)" -ge "$(nproc)" ]; do wait -n || :; done
	build "${name// /}" "$compiler" "$option" "$width" &
done
wait

for name in "${names[@]}"; do
	file=${name// /}
	if [ ! -x "$work/$file" ]; then
		point 1 "$name: does not build" "$work/$file.build"
		continue
	fi
	width=${name##* }
	[ "$width" = 32 ] || memcheck "$file" "$name" "${parts[$width]}"
	rc=0
	python3 constant_time.py "$work/$file" constant_time.allowed >"$work/$file.read" 2>&1 || rc=$?
	point $rc "$name: the code has only public branches, and no instruction of variable time" "$work/$file.read"
done
