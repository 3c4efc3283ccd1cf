#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Tests of the package file: lintian reports nothing, builds in two different
# environments give the same bytes, its fields are right. Prints TAP.
#
# usage: tests/package/build.sh [--log DIR]

set -euo pipefail

die() { printf 'package/build: %s\n' "$*" >&2; exit 1; }
top=$(cd "$(dirname "$0")/../.." && pwd)
# shellcheck source=tests/lib/options.sh
source "$top/tests/lib/options.sh"
# shellcheck source=tests/lib/out.sh
source "$top/tests/lib/out.sh"
log=$top/build/package/build
read_options 'log=' "$@"
[ ${#arguments[@]} = 0 ] || { print_usage >&2; exit 2; }
for tool in lintian dpkg-buildpackage; do
	command -v $tool >/dev/null || die "no $tool: run tests/setup.sh as root"
done
take_out "$log"
work=$(mktemp -d "${TMPDIR:-/var/tmp}/wireguard-build.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

passed=0 failed=0
point() {
	local name=$1
	shift
	if "$@"; then
		printf 'ok %d - package: %s\n' "$((passed + failed + 1))" "$name"
		passed=$((passed + 1))
	else
		printf 'not ok %d - package: %s\n' "$((passed + failed + 1))" "$name"
		failed=$((failed + 1))
	fi
}

# copy DIR: copies the sources to DIR. build DIR: builds the package from them.
copy() { make --no-print-directory -C "$top" package-tree DIR="$1/wireguard"; }
build() {
	(cd "$1/wireguard" && MAKEFLAGS='' dpkg-buildpackage -us -uc) >"$1/log" 2>&1 || {
		cp "$1/log" "$log/build.log"
		die "dpkg-buildpackage failed ($log/build.log)"
	}
}
copy "$work/one"
(umask 077; copy "$work/two/in/another/folder")
find "$work/one" -exec touch -d '2001-02-03' {} +
build "$work/one"
(umask 027; export TZ=Pacific/Kiritimati LC_ALL=C LANG=C.UTF-8 HOME=/nonexistent; build "$work/two/in/another/folder")
sums() { (cd "$1" && sha256sum -- *.deb); }
sums "$work/one" >"$log/sums.one"
sums "$work/two/in/another/folder" >"$log/sums.two"
point "two builds give the same bytes" cmp "$log/sums.one" "$log/sums.two"
sed 's/^/# /' "$log/sums.one"

# --allow-root: as root lintian warns about that, and no other option prevents it.
lintian -EvIL +pedantic --allow-root "$work"/one/*.changes >"$log/lintian" 2>&1 || :
printf '# lintian -EvIL +pedantic: %d lines\n' "$(wc -l <"$log/lintian")"
sed 's/^/#   /' "$log/lintian"
point "lintian reports nothing" test ! -s "$log/lintian"

deb=$(echo "$work"/one/*.deb)
field() { dpkg-deb -f "$deb" "$1"; }
version=$(sed -n 's/^.define WIREGUARD_VERSION "\(.*\)"/\1/p' "$top/src/version.h")
point "its version is the module's" test "$(field Version)" = "$version"
point "it is for all architectures" test "$(field Architecture)" = all
point "it provides wireguard-modules in that version" test "$(field Provides)" = "wireguard-modules (= $version)"
point "it depends on DKMS of any release since Debian 11" \
	test "$(field Depends)" = "make, dkms (>= 2.1.0.0)"
point "building it needs no root" grep -q '^Rules-Requires-Root: no$' "$work/one/wireguard/debian/control"
dpkg-deb -x "$deb" "$work/files"
source=$work/files/usr/src/wireguard-$version
point "dkms.conf has the version" grep -q "^PACKAGE_VERSION=\"$version\"" "$source/dkms.conf"
point "it has no files that a build generates" test -z "$(find "$source" -name '*.o' -o -name '*.ko' -o -name generated)"
point "it has no tests" test ! -e "$source/tests"
# The sources by their names, not by git: as root, git lists no file of another user's checkout.
# Hidden files are for developers only, and what a build generates is left out.
sources() {
	(cd "$top" && find src \( -name generated -o -name '.*' \) -prune -o -type f ! -name '*.o' \
		! -name '*.ko' ! -name '*.mod' ! -name '*.mod.c' ! -name '*.symvers' ! -name modules.order -print)
}
has_sources() {
	local count=0 file
	while read -r file; do
		count=$((count + 1))
		[ -e "$source/$file" ] || { printf '# not in the package: %s\n' "$file"; return 1; }
	done < <(sources)
	printf '# %d source files\n' "$count"
	[ "$count" != 0 ]
}
point "it has each source file" has_sources

# make-repo.sh refuses wrong arguments and then leaves no files.
refuses() { # WORDS ARGUMENT...
	local words=$1 rc=0
	shift
	"$top/tools/make-repo.sh" "$@" >"$work/output" 2>&1 || rc=$?
	[ "$rc" != 0 ] && grep -qF -- "$words" "$work/output" && [ ! -e "$work/repo" ]
}
point "make-repo requires a key" refuses 'no key given' "$work/repo" "$deb"
point "make-repo requires a key that gpg has" refuses 'no secret key unknown@test.example' \
	--key unknown@test.example "$work/repo" "$deb"
point "make-repo takes no option as a key" refuses '--key needs a value, not --uri' --key --uri "$work/repo" "$deb"
point "make-repo needs a value after an option" refuses '--key needs a value' --key
point "make-repo prints its usage" refuses 'usage:' --key unknown@test.example
printf '1..%d\n' "$((passed + failed))"
[ "$failed" = 0 ]
