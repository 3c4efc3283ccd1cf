#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Makes the root of a Debian suite that the package is installed in: a small
# system with one kernel and its headers, and in apt's cache, not installed, all
# that the tests install there: what the package depends on, a second kernel, the
# old wireguard-dkms of Debian 11. So the tests need no network. It is made once,
# in the tests' cache, and never written to: each test lays an overlay over it.
# Prints its folder: root/, and a file "kernels" with the releases of the two.
#
# usage: tests/package/root.sh SUITE

set -euo pipefail

# In braces: bash has read all of it before it begins, so that an edit in the
# minutes that it takes does no harm.
{
usage() { sed -n 's/^# \(usage:.*\)/\1/p' "$0"; }
die() { printf 'package/root: %s\n' "$*" >&2; exit 1; }
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/lib/archive.sh
source "$here/../lib/archive.sh"

case ${1:-} in -h | --help) usage; exit 0 ;; esac
[ $# = 1 ] || { usage >&2; exit 2; }
suite=$1
[ "$(id -u)" = 0 ] || die "needs root (mmdebstrap makes device nodes and owners)"
command -v mmdebstrap >/dev/null || die "mmdebstrap is missing: run tests/setup.sh"
read -r _ more first second < <(awk -v suite="$suite" '$1 == suite' "$here/suites.list") ||
	die "no suite $suite in $here/suites.list"
suites=("$suite")
[ "$more" = - ] || { IFS=, read -ra more <<<"$more"; suites+=("${more[@]}"); }

newest() { # PATTERN: the newest kernel that one of the suites has headers of
	local name pattern=${1//./\\.}
	for name in "${suites[@]}"; do
		archive_cache "$name" pkgnames "linux-headers-${1%%\**}" |
			grep -E "^linux-headers-${pattern//\*/[^-]*(-[0-9][^-]*)?}\$" || :
	done | sed 's/^linux-headers-//' | sort -V | tail -n1
}
for name in "${suites[@]}" bullseye; do archive_update "$name" || die "no package list of $name"; done
first=$(newest "$first") second=$(newest "$second")
[ -n "${first:+$second}" ] || die "$suite has not the kernels that suites.list names"

archive_root_options
hash=$( (cat "$0"; printf '%s\n' "${root_options[@]}" "${suites[@]}" "$first" "$second") | sha256sum | cut -c1-12)
cache_enter "package-$suite" "package-$suite-$hash"
cache_work
began=$SECONDS
printf 'package/root: making a root of %s with %s, to be upgraded to %s (once; some minutes)\n' \
	"$suite" "$first" "$second" >&2

mkdir "$work/old"
archive_download bullseye "$work/old" wireguard-dkms || die "no wireguard-dkms of bullseye"
archive_sources "${suites[@]}" >"$work/sources.list"
# What runs in the VM, too: its init and scenarios call these.
packages=(linux-image-"$first" linux-headers-"$first" kmod mount iproute2 iputils-ping procps
	wireguard-tools python3 ca-certificates openssl)
# Downloaded but not installed: the dependencies of the package.
# "wireguard" by itself, which wants a kernel's or the package's module.
later=(dkms gcc make patch dpkg-dev "linux-image-$second" "linux-headers-$second"
	autopkgtest ccache)
# shellcheck disable=SC2016 # $1 is for mmdebstrap's hooks
if ! INITRD=No mmdebstrap --quiet "${root_options[@]}" --format=directory \
	--aptopt='APT::Keep-Downloaded-Packages "true"' \
	--include="$(IFS=,; echo "${packages[*]}")" \
	--skip=cleanup/apt \
	--customize-hook='rm -f "$1"/var/cache/apt/archives/*.deb "$1"/boot/initrd.img-*' \
	--customize-hook='printf "Package: linux-*\nPin: release n=*-backports\nPin-Priority: 500\n" >"$1/etc/apt/preferences.d/kernels"' \
	--customize-hook="chroot \"\$1\" apt-get -qq -y --download-only install ${later[*]}" \
	--customize-hook="chroot \"\$1\" apt-get -qq -y --download-only --reinstall install linux-headers-$first" \
	--customize-hook='chroot "$1" sh -c "cd /var/cache/apt/archives && apt-get -qq download wireguard"' \
	--customize-hook='mkdir -p "$1/mnt/in" "$1/root/old"' \
	--customize-hook="copy-in $work/old/$(cd "$work/old" && echo wireguard-dkms_*.deb) /root/old" \
	--customize-hook='echo wgtest >"$1/etc/hostname"' \
	--customize-hook='echo "127.0.0.1 localhost wgtest" >"$1/etc/hosts"' \
	"$suite" "$work/root" - <"$work/sources.list" >"$work/log" 2>&1; then
	cp "$work/log" "$test_cache/package-$suite.log"
	grep -m 3 '^E:' "$work/log" >&2 || tail -n 5 "$work/log" >&2
	die "mmdebstrap failed for $suite ($test_cache/package-$suite.log)"
fi
mkdir "$work/out"
mv "$work/root" "$work/log" "$work/out/"
printf 'FIRST=%s\nSECOND=%s\n' "$first" "$second" >"$work/out/kernels"
cache_keep package "$work/out"
printf 'package/root: %s ready after %d s: %s MB\n' "$suite" "$((SECONDS - began))" \
	"$(du -sm "$out" | cut -f1)" >&2
printf '%s\n' "$out"
exit
}
