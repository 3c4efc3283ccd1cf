#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Fetches a kernel of another architecture, prepares it for the VM (tests/vm/kernel.sh), and prints
# the folder. The kernel is the one whose headers tests/arch/headers.sh has fetched.
#
# usage: tests/arch/kernel.sh ARCHITECTURE SUITE RELEASE BUSYBOX
#   BUSYBOX   a static busybox of that architecture, for the initramfs

set -euo pipefail

usage() { sed -n 's/^# \(usage:.*\)/\1/p; s/^#   \([^ ].*\)/  \1/p' "$0"; }
die() { printf 'arch/kernel: %s\n' "$*" >&2; exit 1; }
case ${1:-} in -h | --help) usage; exit 0 ;; esac
[ $# = 4 ] || { usage >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/lib/archive.sh
source "$here/../lib/archive.sh"
arch=$1 lists=$2:$1 release=$3 busybox=$4
[ -x "$busybox" ] || die "no such program: $busybox"

mkdir -p "$test_cache"
archive_update_old "$lists" || die "the package lists of $lists cannot be downloaded"
version=$(archive_field "$lists" "linux-image-$release" Version 2>/dev/null) || :
[ -n "$version" ] || die "no linux-image-$release in $lists"
id="linux-image-$release=$version"
if "$here/../vm/kernel.sh" --arch "$arch" --package "$id"; then exit; fi
cache_work
mkdir "$work/deb" "$work/files"
if ! archive_download "$lists" "$work/deb" "linux-image-$release" 2>/dev/null; then
	# The archive drops old versions.
	archive_update "$lists" || die "the package lists of $lists cannot be downloaded"
	archive_download "$lists" "$work/deb" "linux-image-$release" || die "linux-image-$release cannot be downloaded"
fi
dpkg-deb -x "$work"/deb/*.deb "$work/files"
mkdir -p "$work/files/bin"
cp "$busybox" "$work/files/bin/busybox"
"$here/../vm/kernel.sh" --arch "$arch" --package "$id" "$work/files"
