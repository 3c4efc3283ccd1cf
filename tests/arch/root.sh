#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Makes the root that VMs of another architecture boot, once, in the tests' cache, and prints its
# folder: root.ext4; busybox, static, for the initramfs; sysroot, what programs are linked to. No
# foreign program runs. The packages are unpacked and not configured: what scenarios need of the
# work of maintainer scripts is done here. The root has no kernel; tests/arch/kernel.sh makes that.
#
# usage: tests/arch/root.sh ARCHITECTURE

set -euo pipefail

usage() { sed -n 's/^# \(usage:.*\)/\1/p' "$0"; }
die() { printf 'arch/root: %s\n' "$*" >&2; exit 1; }
case ${1:-} in -h | --help) usage; exit 0 ;; esac
[ $# = 1 ] || { usage >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/lib/archive.sh
source "$here/../lib/archive.sh"
# shellcheck source=tests/arch/architectures.sh
source "$here/architectures.sh"
read_architecture "$1"
for tool in mke2fs python3; do
	command -v "$tool" >/dev/null || die "$tool is missing: run tests/setup.sh"
done

# Besides the essential packages. What the package's own tests need, such as a compiler, is left
# out: here the module comes from the host.
packages=(
	busybox-static kmod procps psmisc systemd systemd-sysv udev dbus
	wireguard-tools wireguard-go
	iproute2 iputils-ping iputils-arping iperf3 ncat nmap iptables nftables ethtool tcpdump tcpreplay udhcpc
	libpcap0.8 libpcap0.8-dev python3 python3-cryptography python3-scapy
)

hash=$( (cat "$0"; printf '%s\n' "$suite" "$triplet") | sha256sum | cut -c1-12)
cache_enter "root-$suite-$arch" "root-$suite-$arch-$hash"
cache_work
printf 'arch/root: making a root of %s %s (once; about a minute)\n' "$suite" "$arch" >&2
archive_update_old "$lists" || die "the package lists of $lists cannot be downloaded"
mkdir "$work/deb" "$work/root" "$work/out"
# shellcheck disable=SC2119
archive_download_with_dependencies "$lists" "$work/deb" '?essential' "${packages[@]}" ||
	die "the packages of $lists cannot be downloaded"

# Packages of Debian 12 have files in /bin and /lib, which are links there.
root=$work/root
mkdir -p "$root"/usr/{bin,sbin,lib,lib32,lib64,libx32}
for dir in bin sbin lib lib32 lib64 libx32; do ln -s "usr/$dir" "$root/$dir"; done
for file in "$work"/deb/*.deb; do
	dpkg-deb --fsys-tarfile "$file" |
		tar -x -C "$root" --keep-directory-symlink --numeric-owner \
			--exclude='./usr/share/doc/*' --exclude='./usr/share/man/*' --exclude='./usr/share/locale/*'
done

# What the maintainer scripts of base-passwd, base-files and libc-bin would do, and the links of
# update-alternatives.
mkdir -p "$root/mnt/in"
cp "$root/usr/share/base-passwd/passwd.master" "$root/etc/passwd"
cp "$root/usr/share/base-passwd/group.master" "$root/etc/group"
cp "$root/usr/share/libc-bin/nsswitch.conf" "$root/etc/"
ln -sf mawk "$root/usr/bin/awk"
ln -sf which.debianutils "$root/usr/bin/which"
for name in ip{,6}tables{,-save,-restore}; do ln -sf xtables-nft-multi "$root/usr/sbin/$name"; done
echo wgtest >"$root/etc/hostname"
echo '127.0.0.1 localhost wgtest' >"$root/etc/hosts"
# Without these each start of Python compiles the modules that it imports, which takes seconds in an
# emulated machine. The format of the files is that of one version, and the same on all
# architectures.
python=$(python3 -c 'import sys; print("python%d.%d" % sys.version_info[:2])')
if [ -d "$root/usr/lib/$python" ]; then
	python3 -m compileall -q --invalidation-mode unchecked-hash -s "$root" -p / -x '/lib2to3/tests/' \
		"$root/usr/lib/$python" "$root/usr/lib/python3/dist-packages" >"$work/compile.log" 2>&1 || :
fi

sysroot=$work/out/sysroot
mkdir -p "$sysroot/include" "$sysroot/lib"
cp -r "$root"/usr/include/pcap* "$sysroot/include/"
cp -L "$root/usr/lib/$triplet/libpcap.so" "$sysroot/lib/"
cp "$root/usr/bin/busybox" "$work/out/busybox"
size=$(du -sm "$root" | cut -f1)
mke2fs -q -t ext4 -O ^has_journal -m 0 -d "$root" "$work/out/root.ext4" "$((size + size / 10 + 512))M" >/dev/null
cache_keep "root-$suite" "$work/out"
printf 'arch/root: root ready: %d MB in %s\n' "$(du -m "$out/root.ext4" | cut -f1)" "$out" >&2
printf '%s\n' "$out"
