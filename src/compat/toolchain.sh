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
# tool NAME: the tool of that version, or the usual one
tool() { if has "$1$suffix"; then echo "$1$suffix"; else echo "$1"; fi; }
linker=$(tool ld.lld)
# A kernel that GNU ld linked has no LTO, so that GNU ld reads its objects and takes its flags.
if ! has "$linker" || { has ld && ! grep -q '^CONFIG_LD_IS_LLD=y' "$auto_conf"; }; then
	echo "$tools"
	exit
fi
tools="$tools LD=$linker"
# With LTO the objects are LLVM's, which only its own tools read. LLVM=1 alone is for tools without
# a suffix.
ar=$(tool llvm-ar) nm=$(tool llvm-nm) objcopy=$(tool llvm-objcopy)
if has "$ar" && has "$nm" && has "$objcopy"; then
	tools="LLVM=1 $tools"
	[ -z "$suffix" ] ||
		tools="$tools AR=$ar NM=$nm OBJCOPY=$objcopy STRIP=$(tool llvm-strip) HOSTCC=clang$suffix"
fi
echo "$tools"
