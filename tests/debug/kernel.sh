#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Builds a kernel that watches what runs in it, from Debian's linux-source, once, in
# the tests' cache, and prints the folder: tree, in which modules for it are built, and
# tree/arch/x86/boot/bzImage. What it is made of is in base.config and CHECK.config
# beside this file.
#
# usage: tests/debug/kernel.sh CHECK SERIES
#   CHECK    kasan (memory, locks, lifetimes, faults, coverage) or kcsan (data races)
#   SERIES   6.1, whose source setup.sh installs, or newest: that of trixie-backports

set -euo pipefail

# In braces: bash has read all of it before it begins, so that an edit in the
# minutes that it takes does no harm.
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
	archive_update "$suite" || die "the package list of $suite cannot be had"
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

# What make was told for the module is not for the kernel.
unset MAKEFLAGS KDIR OUT CRYPTO PROBE_OFF CC LLVM
cd "$work/out/tree"
cat "$here/base.config" "$here/$check.config" >"$work/wanted"
log=$work/log
make KCONFIG_ALLCONFIG="$work/wanted" allnoconfig >"$log" 2>&1 || { tail "$log" >&2; die "no configuration"; }

# What the kernel knows and did not take, for want of what it depends on, is a fault
# of the lists; what it does not know it does not need: there are kernels of years.
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

# Of a gigabyte of objects a module's build needs those of its tools only.
find . \( -path ./scripts -o -path ./tools \) -prune -o \
	\( -name '*.o' -o -name '*.a' -o -name '.*.cmd' \) -type f -exec rm -f {} +
rm -rf Documentation drivers/gpu sound vmlinux.unstripped .tmp_vmlinux*
cache_keep "debug-$check-$series" "$work/out"
printf 'debug kernel: %s ready after %d s: %d MB\n' "$package $version, $check" \
	"$((SECONDS - started))" "$(du -sm "$out" | cut -f1)" >&2
printf '%s\n' "$out"
exit
}
