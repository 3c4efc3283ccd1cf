#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Fetches the headers of a kernel of another architecture, the newest of its series in Debian's
# archive, and prints their folder: kdir, the KDIR for "make module"; kver, the kernel's release.
# No foreign package is installed: the packages are unpacked, and the programs of kbuild are
# those of amd64. The folder is in the tests' cache. Its name has a hash of everything that
# determines its content. The package lists are used for a week, and longer while the archive cannot
# be reached.
#
# usage: tests/arch/headers.sh ARCHITECTURE SERIES SUITE FLAVOUR KBUILD-SUITE

set -euo pipefail

usage() { sed -n 's/^# \(usage:.*\)/\1/p' "$0"; }
die() { printf 'headers.sh: %s\n' "$*" >&2; exit 1; }
case ${1:-} in -h | --help) usage; exit 0 ;; esac
[ $# = 5 ] || { usage >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/lib/archive.sh
source "$here/../lib/archive.sh"
arch=$1 series=$2 lists=$3:$1 flavour=$4 kbuild_lists=$5:amd64

update() { # LISTS
	archive_update "$1" || die "the package lists of $1 cannot be downloaded"
}
# newest LISTS PREFIX PATTERN: prints the newest package whose name is this prefix and pattern
newest() {
	archive_cache "$1" pkgnames "$2" | grep -E "^$2$3\$" | sort -V | tail -n1
}

# find_packages: sets release, the names of the packages, and out.
find_packages() {
	local depends version
	release=$(newest "$lists" linux-headers- "${series//./\\.}\.[^-]+(-[0-9][^-]*)?-$flavour") || :
	release=${release#linux-headers-}
	[ -n "$release" ] || die "no linux-headers-$series.*-$flavour in $lists"
	depends=$(archive_field "$lists" "linux-headers-$release" Depends)
	common=$(grep -oE 'linux-headers-[^ ,]*-common' <<<"$depends") || :
	needed_kbuild=$(grep -oE 'linux-kbuild-[^ ,]*' <<<"$depends") || :
	[ -n "$common" ] || die "linux-headers-$release needs no common headers: $depends"
	[ -n "$needed_kbuild" ] || die "linux-headers-$release needs no kbuild: $depends"
	kbuild=$(newest "$kbuild_lists" linux-kbuild- "${series//./\\.}(\.[^-]+)?") || :
	[ -n "$kbuild" ] || die "no linux-kbuild-$series in $kbuild_lists"
	version="$(archive_field "$lists" "linux-headers-$release" Version) $(archive_field "$kbuild_lists" "$kbuild" Version)"
	hash=$( (cat "$0"; printf '%s\n' "$version") | sha256sum | cut -c1-12)
}
download() {
	archive_download "$lists" "$work/deb" "linux-headers-$release" "$common" &&
		archive_download "$kbuild_lists" "$work/deb" "$kbuild"
}

mkdir -p "$test_cache"
archive_update_old "$lists" || die "the package lists of $lists cannot be downloaded"
archive_update_old "$kbuild_lists" || die "the package lists of $kbuild_lists cannot be downloaded"
find_packages
cache_enter "headers-$arch-$series" "headers-$release-$arch-$hash"
cache_work
mkdir "$work/deb" "$work/out"
if ! download 2>/dev/null; then
	# The archive drops old versions.
	update "$lists"
	update "$kbuild_lists"
	find_packages
	out=$test_cache/headers-$release-$arch-$hash
	rm -f "$work"/deb/*
	download || die "the headers of $release cannot be downloaded"
fi
for file in "$work"/deb/*.deb; do dpkg-deb -x "$file" "$work/out"; done
# kbuild may be of another version of the same series.
[ -e "$work/out/usr/lib/$needed_kbuild" ] || ln -s "$kbuild" "$work/out/usr/lib/$needed_kbuild"
# The only absolute path in the packages.
sed -i "s,^include /usr/src/,include $out/usr/src/," "$work/out/usr/src/linux-headers-$release/Makefile"
ln -s "usr/src/linux-headers-$release" "$work/out/kdir"
echo "$release" >"$work/out/kver"
cache_keep headers "$work/out"
printf '%s\n' "$out"
