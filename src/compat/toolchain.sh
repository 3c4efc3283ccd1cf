#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Prints the variables by which kbuild takes the tools of LLVM, for a kernel that was
# built by clang, if clang is installed. Prints nothing for other kernels.
#
# usage: toolchain.sh KDIR
set -eu

auto_conf=$1/include/config/auto.conf
grep -q -s '^CONFIG_CC_IS_CLANG=y' "$auto_conf" && command -v clang > /dev/null || exit 0
tools=CC=clang
if grep -q '^CONFIG_LD_IS_LLD=y' "$auto_conf" && command -v ld.lld > /dev/null; then
	tools="$tools LD=ld.lld"
fi
# With LTO the objects are LLVM's, which only its own tools read.
if command -v llvm-nm > /dev/null && command -v llvm-ar > /dev/null &&
	command -v llvm-objcopy > /dev/null && command -v ld.lld > /dev/null; then
	tools="LLVM=1 $tools"
fi
echo "$tools"
