#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Builds a kernel with run-time checks from Debian's linux-source, once, in the tests'
# cache, and prints its folder. The folder has tree, in which modules for the kernel are
# built, and tree/arch/x86/boot/bzImage. The configuration is base.config and CHECK.config
# in the folder of this script.
#
# usage: tests/debug/kernel.sh CHECK SERIES
#   CHECK    kasan (memory, locks, lifetimes, faults, coverage) or kcsan (data races)
#   SERIES   6.1 (setup.sh installs the source) or newest (from trixie-backports)

set -euo pipefail

# In braces, so that bash reads the whole script first: an edit during the run, which
# takes minutes, has no effect.
{
usage() { sed -n 's/^# \(usage:.*\)/\1/p; s/^#   \([A-Z].*\)/  \1/p' "$0"; }
die() { printf 'debug kernel: %s\n' "$*" >&2; exit 1; }

case ${1:-} in -h | --help) usage; exit 0 ;; esac
[ $# = 2 ] || { usage >&2; exit 2; }
check=$1 series=$2
here=$(cd "$(dirname "$0")" && pwd)
case $check in kasan | kcsan) ;; *) usage >&2; die "no such check: $check" ;; esac
# shellcheck source=tests/lib/archive.sh
source "$here/../lib/archive.sh"

suite=trixie-backports package=linux-source-$series tar=''
case $series in
6.1)
	tar=/usr/src/$package.tar.xz
	[ -e "$tar" ] || die "$package is missing: run tests/setup.sh"
	version=$(dpkg-query -W -f '${Version}' "$package")
	;;
newest)
	archive_update "$suite" || die "the package list of $suite cannot be downloaded"
	package=$(archive_cache "$suite" pkgnames linux-source- | sort -V | tail -n1)
	[ -n "$package" ] || die "$suite has no linux-source"
	series=${package#linux-source-}
	version=$(archive_field "$suite" "$package" Version)
	;;
*) usage >&2; die "no such series: $series" ;;
esac

hash=$( (cat "$0" "$here/base.config" "$here/$check.config"; echo "$version") | sha256sum | cut -c1-12)
cache_enter "debug-$check-$series" "debug-$check-$series-$hash"
cache_work
started=$SECONDS
printf 'debug kernel: building %s with %s (once; some ten minutes on two cores)\n' \
	"$package $version" "$check" >&2
if [ -z "$tar" ]; then
	archive_download "$suite" "$work" "$package" || die "$package cannot be downloaded"
	tar=$work/source.tar
	dpkg-deb --fsys-tarfile "$work"/"$package"_*.deb |
		tar -xOf - "./usr/src/$package.tar.xz" | xz -dc >"$tar"
	rm "$work"/*.deb
fi
mkdir -p "$work/out/tree"
tar -C "$work/out/tree" --strip-components=1 -xf "$tar"
[ "${tar#"$work"}" = "$tar" ] || rm "$tar"

# Variables of make for the module must not apply to the kernel.
unset MAKEFLAGS KDIR OUT CRYPTO PROBE_OFF CC LLVM
cd "$work/out/tree"
cat "$here/base.config" "$here/$check.config" >"$work/wanted"
log=$work/log
make KCONFIG_ALLCONFIG="$work/wanted" allnoconfig >"$log" 2>&1 || { tail "$log" >&2; die "no configuration"; }

# An option that the kernel has but did not accept, because a dependency is off, is a
# fault of the lists. An option that the kernel does not have is ignored: the lists serve
# kernels of many years.
refused=''
while IFS='=' read -r name value; do
	case $value in
	n) if grep -q "^$name=" .config; then refused+=" $name=n"; fi ;;
	*)
		if ! grep -qx "$name=$value" .config &&
			grep -rqE --include='Kconfig*' "^[[:space:]]*(menu)?config ${name#CONFIG_}\$" .; then
			refused+=" $name=$value"
		fi
		;;
	esac
done < <(grep '^CONFIG_' "$work/wanted")
[ -z "$refused" ] || die "$package does not take$refused"

options=()
[ "$check" != kcsan ] || options=(KCSAN_SANITIZE=n)
make -j"$(nproc)" "${options[@]}" bzImage modules >"$log" 2>&1 </dev/null || {
	grep -m 5 -E '(error|Error)' "$log" >&2 || tail -n 5 "$log" >&2
	cp "$log" "$test_cache/debug-$check-$series.log"
	die "$package does not build ($test_cache/debug-$check-$series.log)"
}

# Of a gigabyte of objects, a module's build needs only those of the kernel's tools.
find . \( -path ./scripts -o -path ./tools \) -prune -o \
	\( -name '*.o' -o -name '*.a' -o -name '.*.cmd' \) -type f -exec rm -f {} +
rm -rf Documentation drivers/gpu sound vmlinux.unstripped .tmp_vmlinux*
cache_keep "debug-$check-$series" "$work/out"
printf 'debug kernel: %s ready after %d s: %d MB\n' "$package $version, $check" \
	"$((SECONDS - started))" "$(du -sm "$out" | cut -f1)" >&2
printf '%s\n' "$out"
exit
}
