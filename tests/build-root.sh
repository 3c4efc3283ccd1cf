#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Makes a root of a Debian suite in which a module can be built: make, the headers
# named on the command line, and the compiler and kbuild that they depend on. Each
# suite needs its own root, since kbuild's programs are linked to the suite's glibc.
# The root is made once, in the tests' cache outside the source tree, and stays
# unchanged. The folder's name has a hash of everything that determines its content.
# Prints that folder.
#
# usage: tests/build-root.sh "SUITE ..." PACKAGE=VERSION...
#   SUITE ...   the suite of the root, then other suites that packages come from;
#               SUITE/i386 if a package is of that architecture

set -euo pipefail

# In braces, so that bash reads the whole script first: an edit during the run, which
# takes minutes, has no effect.
{
usage() { sed -n 's/^# \(usage:.*\)/\1/p; s/^#   \( *[A-Z].*\)/  \1/p' "$0"; }
die() { printf 'build-root: %s\n' "$*" >&2; exit 1; }

case ${1:-} in -h | --help) usage; exit 0 ;; esac
[ $# -ge 2 ] || { usage >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/lib/archive.sh
source "$here/lib/archive.sh"
read -ra suites <<<"$1"
name=${suites[0]%/i386}
shift
# perl: at W=1 kbuild runs kernel-doc, which needs modules that perl-base lacks.
packages=(make kmod perl "$@")

[ "$(id -u)" = 0 ] || die "needs root (mmdebstrap makes device nodes and owners)"
command -v mmdebstrap >/dev/null || die "mmdebstrap is missing: run tests/setup.sh"

archive_root_options
hash=$( (cat "$0"; printf '%s\n' "${root_options[@]}" "${suites[@]}" "$@") | sha256sum | cut -c1-12)
cache_enter "build-$name" "build-$name-$hash"
cache_work
started=$SECONDS
printf 'build-root: making a root of %s with the headers of %d kernels (once; some minutes)\n' \
	"$name" "$(printf '%s\n' "$@" | grep -c '^linux-headers-')" >&2

foreign=''
case ${suites[*]} in */i386*) foreign=,i386 ;; esac
archive_sources "${suites[@]}" >"$work/sources.list"
include=$(IFS=,; echo "${packages[*]}")
# Some headers depend on their kernel's image. Its modules and an initramfs are not
# needed here.
# shellcheck disable=SC2016 # $1 is for mmdebstrap's hooks
if ! INITRD=No mmdebstrap --verbose "${root_options[@]}" --format=directory \
	--architectures="amd64$foreign" \
	--dpkgopt='path-exclude=/lib/modules/*/kernel/*' \
	--dpkgopt='path-exclude=/usr/lib/modules/*/kernel/*' \
	--include="$include" \
	--customize-hook='rm -rf "$1"/var/lib/apt/lists/*_Packages' \
	"$name" "$work/root" - <"$work/sources.list" >"$work/log" 2>&1; then
	grep -m 3 '^E:' "$work/log" >&2 || tail -n 5 "$work/log" >&2
	cp "$work/log" "$test_cache/build-$name.log"
	die "mmdebstrap failed for $name ($test_cache/build-$name.log)"
fi
mkdir "$work/out"
mv "$work/root" "$work/log" "$work/out/"
cache_keep build "$work/out"
printf 'build-root: %s ready after %d s: %s MB downloaded, %s MB on disk\n' "$name" \
	"$((SECONDS - started))" \
	"$(awk '/^Need to get/ { s += $5 == "kB" ? $4 / 1000 : $4 } END { printf "%.0f", s }' "$out/log")" \
	"$(du -sm "$out" | cut -f1)" >&2
printf '%s\n' "$out"
exit
}
