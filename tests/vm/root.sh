#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Makes the Debian root that the VM tests boot, once, in a cache outside the
# source tree, and prints its folder. The root is the image root.ext4, which stays
# unchanged: each boot writes to a temporary overlay. The root serves all kernels
# (kernel.sh prepares them). One kernel is installed in it with its headers, as on a
# machine on which DKMS builds. The folder's name has a hash of everything that
# determines its content, so a changed recipe or a new kernel makes a new root.
#
# usage: tests/vm/root.sh [KERNEL-RELEASE]
#   default: the newest cloud kernel whose headers are installed here

set -euo pipefail

usage() { sed -n 's/^# \{0,1\}\(usage:.*\)/\1/p' "$0"; }
die() { printf 'root.sh: %s\n' "$*" >&2; exit 1; }
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/lib/archive.sh
source "$here/../lib/archive.sh"

case ${1:-} in -h|--help) usage; exit 0 ;; esac

newest_headers() {
	find /lib/modules -mindepth 2 -maxdepth 2 -name build -path '*-cloud-amd64/*' \
		-printf '%h\n' 2>/dev/null | sed 's,.*/,,' | sort -V | tail -n1
}

kver=${1:-$(newest_headers)}
[ -n "$kver" ] || die "no headers of a cloud kernel: run tests/setup.sh as root"
for tool in mmdebstrap mke2fs; do
	command -v "$tool" >/dev/null || die "$tool is missing: run tests/setup.sh"
done

# The packages in the root. gcc, make and dkms build the package in the VM; the
# scenarios use the rest.
packages=(
	"linux-image-$kver" "linux-headers-$kver"
	dkms gcc make libc6-dev
	systemd systemd-sysv udev dbus kmod procps psmisc
	wireguard-tools wireguard-go
	iproute2 iputils-ping iperf3 ncat iptables nftables ethtool tcpdump
	tcpreplay libpcap0.8 python3 python3-cryptography python3-scapy
	nmap udhcpc iputils-arping
)

archive_root_options
hash=$( (cat "$0"; printf '%s\n' "${root_options[@]}" "$kver") | sha256sum | cut -c1-12)
cache_enter "root-$kver" "root-$kver-$hash"

progress() { printf 'root: %s\n' "$*" >&2; }

cache_work

# Users other than root are root in a user namespace, with the subordinate IDs that
# adduser gave them.
as_root=()
if [ "$(id -u)" != 0 ]; then
	as_root=(unshare --user --map-root-user --map-auto)
	"${as_root[@]}" true 2>/dev/null ||
		die "making the root needs root, or the package uidmap, user namespaces and a line in /etc/subuid and /etc/subgid"
	root_options+=(--mode=unshare)
fi

progress "making a Debian 12 root with $kver (once; some minutes)"
archive_sources bookworm bookworm-updates bookworm-security >"$work/sources.list"
include=$(IFS=,; echo "${packages[*]}")

# INITRD=No: the VM boots with the initramfs that kernel.sh made, so Debian's
# initramfs is not needed.
# shellcheck disable=SC2016 # $1 is for mmdebstrap's hooks
if ! INITRD=No mmdebstrap --quiet "${root_options[@]}" --format=tar \
	--include="$include" \
	--customize-hook='rm -rf "$1"/boot/initrd.img-* "$1"/var/lib/apt/lists/*_Packages' \
	--customize-hook='echo wgtest >"$1/etc/hostname"' \
	--customize-hook='echo "127.0.0.1 localhost wgtest" >"$1/etc/hosts"' \
	--customize-hook='chroot "$1" passwd -d root' \
	--customize-hook='mkdir -p "$1/mnt/in"' \
	bookworm "$work/root.tar" - <"$work/sources.list" >"$work/log" 2>&1; then
	tail -n 15 "$work/log" >&2
	die "mmdebstrap failed (is the Debian archive reachable? apt-get update)"
fi

progress "packing the image"
# The VM has devtmpfs on /dev.
# shellcheck disable=SC2016 # for the inner shell
"${as_root[@]}" bash -euc '
	cd "$1"
	trap "rm -rf root" EXIT
	mkdir root
	tar -xpf root.tar -C root --numeric-owner --exclude="./dev/*"
	rm root.tar
	size=$(du -sm root | cut -f1)
	mke2fs -q -t ext4 -O ^has_journal -m 0 -d root root.ext4 "$((size + size / 10 + 1024))M" >/dev/null
	' bash "$work"

mkdir "$work/out"
mv "$work/root.ext4" "$work/out/"
cp "$work/log" "$work/out/mmdebstrap.log"
echo "$kver" >"$work/out/kver"
cache_keep root "$work/out"
progress "root ready: $(du -m "$out/root.ext4" | cut -f1) MB in $out"
printf '%s\n' "$out"
