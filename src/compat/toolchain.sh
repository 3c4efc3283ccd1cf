#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Prints the variables by which kbuild takes the tools of LLVM, for a kernel that was
# built by clang, if clang is installed. Prefers tools of the kernel's version, such as
# clang-17, to clang of another version. Prints nothing for other kernels.
#
# usage: toolchain.sh KDIR
set -eu

auto_conf=$1/include/config/auto.conf
grep -q -s '^CONFIG_CC_IS_CLANG=y' "$auto_conf" || exit 0
has() { command -v "$1" > /dev/null; }

version=$(sed -n 's/^CONFIG_CLANG_VERSION=\([0-9]*\)[0-9]\{4\}$/\1/p' "$auto_conf")
suffix=-$version
if [ -z "$version" ] || ! has "clang-$version" ||
	{ has clang && clang --version | grep -q "clang version $version\."; }; then
	suffix=
fi
has "clang$suffix" || exit 0
tools=CC=clang$suffix
if grep -q '^CONFIG_LD_IS_LLD=y' "$auto_conf"; then
	if has "ld.lld$suffix"; then
		tools="$tools LD=ld.lld$suffix"
	elif has ld.lld; then
		tools="$tools LD=ld.lld"
	fi
fi
# With LTO the objects are LLVM's, which only its own tools read.
if has "llvm-nm$suffix" && has "llvm-ar$suffix" && has "llvm-objcopy$suffix" && has "ld.lld$suffix"; then
	tools="LLVM=1 $tools"
	# LLVM=1 is for tools without a suffix.
	[ -z "$suffix" ] ||
		tools="$tools AR=llvm-ar$suffix NM=llvm-nm$suffix OBJCOPY=llvm-objcopy$suffix"
fi
echo "$tools"
