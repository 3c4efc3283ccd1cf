#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Makes the folder of headers and libraries that the unit tests of another architecture are built
# with and run on, once, in the tests' cache, and prints it. No foreign program runs: the packages
# are unpacked.
#
# usage: tests/arch/sysroot.sh ARCHITECTURE

set -euo pipefail

usage() { sed -n 's/^# \(usage:.*\)/\1/p' "$0"; }
die() { printf 'arch/sysroot: %s\n' "$*" >&2; exit 1; }
case ${1:-} in -h | --help) usage; exit 0 ;; esac
[ $# = 1 ] || { usage >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/lib/archive.sh
source "$here/../lib/archive.sh"
# shellcheck source=tests/arch/architectures.sh
source "$here/architectures.sh"
read_architecture "$1"
# The sanitizer's library is that of the suite, for programs of Debian 12's compiler.
packages=(libc6-dev libcmocka-dev libsodium-dev libssl-dev libubsan1)

hash=$( (cat "$0"; printf '%s\n' "$suite" "$triplet") | sha256sum | cut -c1-12)
cache_enter "sysroot-$suite-$arch" "sysroot-$suite-$arch-$hash"
cache_work
mkdir "$work/deb" "$work/out"
archive_update_old "$lists" || die "the package lists of $lists cannot be downloaded"
if ! archive_download_with_dependencies "$lists" "$work/deb" "${packages[@]}" 2>/dev/null; then
	# The archive drops old versions.
	archive_update "$lists" || die "the package lists of $lists cannot be downloaded"
	archive_download_with_dependencies "$lists" "$work/deb" "${packages[@]}" ||
		die "the packages of $lists cannot be downloaded"
fi
# Packages of Debian 12 have files in /lib, which is a link there.
mkdir -p "$work"/out/usr/lib{,32,64}
for dir in lib lib32 lib64; do ln -s "usr/$dir" "$work/out/$dir"; done
for file in "$work"/deb/*.deb; do
	dpkg-deb --fsys-tarfile "$file" |
		tar -x -C "$work/out" --keep-directory-symlink --no-same-owner \
			--exclude='./usr/share' --exclude='./etc' --exclude='./var'
done
# QEMU follows absolute links from the root of the host.
while IFS= read -r link; do
	ln -sfrT "$work/out$(readlink "$link")" "$link"
done < <(find "$work/out" -type l -lname '/*')
# Without a file of its own the dynamic linker would read that of the host.
mkdir "$work/out/etc"
: >"$work/out/etc/ld.so.cache"
# Not every cross compiler of Debian 12 has the library of the sanitizer.
ln -s libubsan.so.1 "$work/out/usr/lib/$triplet/libubsan.so"
cache_keep "sysroot-$suite-$arch" "$work/out"
printf '%s\n' "$out"
