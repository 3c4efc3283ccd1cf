#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Boots Debian's kernel of another architecture under QEMU with the module that tests/arch/build.sh
# has built for it, and runs scenarios. Prints TAP. The logs are in build/arch/, in the folder vm-NAME of
# the architecture and series.
#
# usage: tests/arch/boot.sh [--log DIR] [--build NAME] ARCHITECTURE[/SERIES] ARGUMENT...
#   ARCHITECTURE   its first kernel in tests/arch/kernels.list; with /SERIES, such as arm64/6.12,
#                  that one
#   ARGUMENT       scenarios and options of tests/vm/run.sh
#   --log DIR, --build NAME   as build.sh got them

set -euo pipefail

die() { printf 'arch/boot: %s\n' "$*" >&2; exit 1; }
cd "$(dirname "$0")/../.."
# shellcheck source=tests/lib/options.sh
source tests/lib/options.sh
# shellcheck source=tests/arch/architectures.sh
source tests/arch/architectures.sh
# shellcheck source=tests/vm/lib/machine.sh
source tests/vm/lib/machine.sh
log=$PWD/build/arch build=plain
read_options 'log= build=' "$@"
[ ${#arguments[@]} -gt 1 ] || { print_usage >&2; exit 2; }
wanted=${arguments[0]}

# The root is shared by all runs, so no option may change it.
for word in "${arguments[@]:1}"; do
	[ "$word" != --write ] || die '--write is not possible here: the root is shared'
done

found=''
while read -r arch series suite flavour kbuild; do
	case $arch in '' | '#'*) continue ;; esac
	case $wanted in "$arch" | "$arch/$series") found=1; break ;; esac
done <tests/arch/kernels.list
[ -n "$found" ] || die "tests/arch/kernels.list has no $wanted"
dir=$log/$arch-$series
module=$dir/$build/wireguard.ko
[ -e "$module" ] || die "no $module: tests/arch/build.sh [--build NAME] [--log DIR] $arch/$series builds it"
read_machine "$arch" || die "tests/vm/lib/machine.sh has no machine for $arch"
command -v "$machine_qemu" >/dev/null || die "$machine_qemu is missing: run tests/setup.sh --architectures as root"

headers=$(tests/arch/headers.sh "$arch" "$series" "$suite" "$flavour" "$kbuild")
root=$(tests/arch/root.sh "$arch")
kernel=$(tests/arch/kernel.sh "$arch" "$suite" "$(cat "$headers/kver")" "$root/busybox")
cc=$(cross_of "$arch")gcc-12
# The kernel's headers for amd64 are those for i386, too.
[ "$arch" != i386 ] || cc+=' -m32 -idirafter /usr/include/x86_64-linux-gnu'
env -u MAKEFLAGS -u CFLAGS make --no-print-directory -C tests/packet CC="$cc" SYSROOT="$root/sysroot" \
	OUT="$PWD/build/packet-$arch" >"$dir/packet.log" 2>&1 ||
	die "tests/packet does not build for $arch: $(grep -m 1 'error: ' "$dir/packet.log" || tail -n1 "$dir/packet.log")"
# An emulated machine of another architecture is slow, and needs little memory.
tests/vm/run.sh --module "$module" --kernel-dir "$kernel" --root "$root" --log "$dir/vm-$build" --slow 8 --mem 1024 \
	"${arguments[@]:1}"
