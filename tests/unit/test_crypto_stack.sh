#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Runs crypto_stack.c over the vendored primitives, built by several compilers, options and
# widths. Then without the code that clears the stack, where each primitive must leave
# something. Run from tests/unit.
#
# usage: test_crypto_stack.sh

set -euo pipefail
# shellcheck source=tests/unit/lib.sh
source ./lib.sh
crypto=$PWD/../../src/crypto
work=$(mktemp -d "${TMPDIR:-/tmp}/wireguard-stack.XXXXXX")
trap 'rm -rf "$work"' EXIT

sources=(crypto_stack.c "$crypto"/{aead_many,blake2s,blake2s_mac,chacha20,chacha20poly1305,poly1305}.c
	"$crypto"/curve25519{,_base}.c)
flags=(-std=gnu11 -Wall -Wextra -Wno-unused-parameter -Werror -ffreestanding -nostdlib -static
	-mno-red-zone -mno-mmx -mno-sse -mno-sse2 -mno-avx -fno-stack-protector
	-fno-strict-aliasing -fno-asynchronous-unwind-tables
	-include bare.h -Ishim -I../../src/crypto -DWG_CRYPTO_VENDORED)
# Compilers, and how the kernel may be built. "int128" has 64-bit limbs, and each implementation
# for x86-64.
compilers=(gcc clang)
options=(-O2 -O3 -Os frame-pointer)
widths=(int128 64 32)
sets=(ssse3 avx2 avx512)
# What crypto_stack.c tests one after the other.
declare -A parts=([int128]="portable adx ${sets[*]}" [64]=portable [32]=portable)
option_flags() {
	case $1 in
	frame-pointer) echo "-O2 -fno-omit-frame-pointer" ;;
	*) echo "$1" ;;
	esac
}
width_flags() {
	case $1 in
	int128)
		echo "-m64 -DCONFIG_ARCH_SUPPORTS_INT128=1 ${vectors[*]} -DWG_CRYPTO_ADX $crypto/curve25519_adx.c"
		;;
	*) echo "-m$1" ;;
	esac
}
# 64-bit limbs come with vector instructions. The compiler's test of the CPU is in its library.
vectors=(-DWG_VECTORS -DWG_WITH_ssse3 -DWG_WITH_avx2 -DWG_WITH_avx512
	-I../../src/compat "$crypto"/vector{,_ssse3,_avx2,_avx512}.c)

# build NAME COMPILER OPTION WIDTH WIPE.C
build() {
	local out=$work/$1 name="$2 $3 $4"
	# shellcheck disable=SC2046 # flags are words
	"$2" $(option_flags "$3") $(width_flags "$4") "${flags[@]}" -DCONFIGURATION="\"$name\"" \
		"${sources[@]}" "$5" -o "$out" -lgcc >"$out.build" 2>&1
}

case $(uname -m) in
x86_64) ;;
*)
	echo "1..1"
	point 0 "stack # SKIP the program switches stacks on x86 only"
	exit 0
	;;
esac
total=$((10 + ${#sets[@]}))
for width in "${widths[@]}"; do
	total=$((total + ${#compilers[@]} * ${#options[@]} * $(wc -w <<<"${parts[$width]}")))
done
echo "1..$total"

# Build all of them at once, as many at a time as there are CPUs.
names=()
for compiler in "${compilers[@]}"; do
	for option in "${options[@]}"; do
		for width in "${widths[@]}"; do
			names+=("$compiler $option $width")
		done
	done
done
jobs=$(nproc)
for name in "${names[@]}"; do
	read -r compiler option width <<<"$name"
	while [ "$(jobs -rp | wc -l)" -ge "$jobs" ]; do wait -n || :; done
	build "${name// /}" "$compiler" "$option" "$width" "$crypto/wipe.c" &
done
wait

for name in "${names[@]}"; do
	read -r compiler option width <<<"$name"
	: >"$work/output"
	if command -v "$compiler" >/dev/null && [ ! -x "$work/${name// /}" ]; then
		point 1 "$name: does not build" "$work/${name// /}.build"
		continue
	fi
	! command -v "$compiler" >/dev/null || "$work/${name// /}" >"$work/output" 2>&1 || :
	for part in ${parts[$width]}; do
		line=$(grep -m 1 -E "^(result|skipped) $part: " "$work/output") || :
		what="$name, $part: no byte on the stack depends on a secret"
		case $line in
		"result $part: 0") point 0 "$what" ;;
		"skipped "*) point 0 "$what # SKIP ${line#*: }" ;;
		*)
			if command -v "$compiler" >/dev/null; then
				point 1 "$what" "$work/output"
			else
				point 0 "$what # SKIP no $compiler"
			fi
			;;
		esac
	done
done

# Without the code that clears the stack, each primitive leaves bytes, and the program prints
# the details.
cat >"$work/none.c" <<'C'
#include "wipe.h"

void wg_wipe_pieces(unsigned int pieces)
{
	(void)pieces;
}

void wg_wipe_gaps(unsigned int pieces)
{
	(void)pieces;
}
C
build control gcc -O2 int128 "$work/none.c" || :
"$work/control" >"$work/output" 2>&1 || :
found() { # WHAT PATTERN
	point "$(grep -q -E "$2" "$work/output"; echo $?)" "not cleared, $1 is found" \
		"$work/output" "$work/control.build"
}
found "what wg_aead_encrypt() leaves" ': wg_aead_encrypt, .* bytes that depend on secrets'
found "a state from which the key follows" ': wg_aead_decrypt, .* 16 of 16 words of a permuted state'
found "what wg_aead_decrypt() of a forged message leaves" ': wg_aead_decrypt, forged,'
found "what wg_xaead_encrypt() leaves" ': wg_xaead_encrypt, .* words of r'
found "what wg_xaead_decrypt() leaves" ': wg_xaead_decrypt, '
found "what a keyed hash leaves" ': wg_blake2s, keyed, '
found "what a hash in parts leaves" ': wg_blake2s in parts, '
found "what wg_blake2s_hmac() leaves" ': wg_blake2s_hmac, '
found "what wg_curve25519() leaves" ': wg_curve25519 \(portable\), .* words of the result'
found "what wg_curve25519_public() leaves" ': wg_curve25519_public \(portable\), '
for set in "${sets[@]}"; do
	if grep -q "^skipped $set: " "$work/output"; then
		point 0 "not cleared, what a batch with $set leaves is found # SKIP this CPU does not have the instructions"
	else
		found "what a batch with $set leaves" \
			": wg_aead_encrypt_many, .* bytes, $set, leaves .* bytes that depend on secrets"
	fi
done
