#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Makes a signed apt repository with the package, so that "apt install
# wireguard-dkms" finds it, or adds the package to an existing repository. Writes
# the configuration for apt to wireguard-dkms.sources, and the key to
# wireguard-dkms.gpg.
#
# usage: tools/make-repo.sh --key KEY [--uri URI] DIR PACKAGE.deb ...
#   --key KEY   the secret key that signs: fingerprint or address, in gpg's keyring
#   --uri URI   where machines will find DIR (default: file:DIR)

set -euo pipefail

usage() { sed -n 's/^# \(usage:.*\)/\1/p; s/^#   \(--.*\)/  \1/p' "$0"; }
die() { printf 'make-repo: %s\n' "$*" >&2; exit 1; }

key='' uri=''
while [ $# -gt 0 ]; do
	# "make repo" without KEY= gives an empty value.
	case $1 in
	--key | --uri) case ${2--} in -*) die "$1 needs a value${2:+, not $2}" ;; esac ;;
	esac
	case $1 in
	--key) key=$2; shift ;;
	--uri) uri=$2; shift ;;
	-h | --help) usage; exit 0 ;;
	-*) usage >&2; exit 2 ;;
	*) break ;;
	esac
	shift
done
[ $# -ge 2 ] || { usage >&2; exit 2; }
[ -n "$key" ] || die "no key given: apt refuses an unsigned repository (KEY=FINGERPRINT)"
for tool in apt-ftparchive:apt-utils gpg:gnupg dpkg-scanpackages:dpkg-dev; do
	command -v "${tool%:*}" >/dev/null || die "no ${tool%:*}: apt install ${tool#*:}"
done
gpg --batch --list-secret-keys "$key" >/dev/null 2>&1 || die "gpg has no secret key $key"
mkdir -p "$1"
dir=$(cd "$1" && pwd)
shift
uri=${uri:-file:$dir}
for deb; do
	name=$(dpkg-deb -f "$deb" Package 2>/dev/null) || die "$deb is not a Debian package"
	mkdir -p "$dir/pool/main/w/$name"
	cp "$deb" "$dir/pool/main/w/$name/"
done

cd "$dir"
release=dists/stable
# apt looks for packages with Architecture: all in the list of the machine's architecture.
architectures=(all amd64 i386 arm64 armhf armel ppc64el riscv64 s390x)
rm -rf "$release"
dpkg-scanpackages --multiversion pool 2>/dev/null >Packages
gzip -9nk Packages
for architecture in "${architectures[@]}"; do
	mkdir -p "$release/main/binary-$architecture"
	cp Packages Packages.gz "$release/main/binary-$architecture/"
done
rm Packages Packages.gz
apt-ftparchive \
	-o APT::FTPArchive::Release::Origin=wireguard-dkms \
	-o APT::FTPArchive::Release::Label=wireguard-dkms \
	-o APT::FTPArchive::Release::Suite=stable \
	-o APT::FTPArchive::Release::Codename=stable \
	-o APT::FTPArchive::Release::Components=main \
	-o APT::FTPArchive::Release::Architectures="${architectures[*]}" \
	release "$release" >Release.new
mv Release.new "$release/Release"
gpg --batch --yes --local-user "$key" --clearsign -o "$release/InRelease" "$release/Release"
gpg --batch --yes --local-user "$key" --armor --detach-sign -o "$release/Release.gpg" "$release/Release"
gpg --batch --yes --export -o wireguard-dkms.gpg "$key"
cat >wireguard-dkms.sources <<SOURCES
Types: deb
URIs: $uri
Suites: stable
Components: main
Signed-By: /usr/share/keyrings/wireguard-dkms.gpg
SOURCES
printf '%s: %s\n' "$dir" "$(find pool -name '*.deb' -printf '%f ')"
