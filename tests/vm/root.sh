#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Makes the Debian root that the VM tests boot, once, in a cache outside the
# source tree, and prints the folder it is in: root.ext4 (never written to
# again: each boot lays a throw-away overlay over it), vmlinuz and initrd.  The
# folder's name carries a hash of everything that decides what is in it, so a
# changed recipe or a new kernel makes a new root and an old one is never
# patched up.
#
# usage: tests/vm/root.sh [KERNEL-RELEASE]
#   default: the newest cloud kernel whose headers are installed here

set -euo pipefail

usage() { sed -n 's/^# \{0,1\}\(usage:.*\)/\1/p' "$0"; }
die() { printf 'root.sh: %s\n' "$*" >&2; exit 1; }

case ${1:-} in -h|--help) usage; exit 0 ;; esac

newest_headers() {
	find /lib/modules -mindepth 2 -maxdepth 2 -name build -path '*-cloud-amd64/*' \
		-printf '%h\n' 2>/dev/null | sed 's,.*/,,' | sort -V | tail -n1
}

kver=${1:-$(newest_headers)}
[ -n "$kver" ] || die "no headers of a cloud kernel: run tests/setup.sh as root"
[ "$(id -u)" = 0 ] || die "needs root (mmdebstrap makes device nodes and owners)"
for tool in mmdebstrap mke2fs cpio busybox; do
	command -v "$tool" >/dev/null || die "$tool is missing: run tests/setup.sh"
done

# What is in the root.  gcc, make and dkms build the package in the VM; the
# rest is what the scenarios call.
packages=(
	"linux-image-$kver" "linux-headers-$kver"
	dkms gcc make libc6-dev
	systemd systemd-sysv udev dbus kmod procps psmisc
	wireguard-tools wireguard-go
	iproute2 iputils-ping iperf3 ncat iptables nftables ethtool tcpdump
	tcpreplay libpcap0.8 python3 python3-cryptography python3-scapy
	nmap udhcpc iputils-arping
)

# The archive this machine itself installs from, so that a mirror or a proxy
# that was set up here is used for the root too.
# shellcheck disable=SC2016 # apt puts in what $(...) stands for
sources() {
	local found
	found=$(apt-get indextargets --format \
		'$(ORIGIN)|$(CREATED_BY)|$(REPO_URI)|$(RELEASE)|$(COMPONENT)' |
		awk -F'|' '$1 == "Debian" && $2 == "Packages" && $4 ~ /^bookworm/ &&
			$4 !~ /backports|proposed/ && $5 == "main" {
			print "deb " $3 " " $4 " main" }' | sort -u)
	if [ -z "$found" ]; then
		found='deb http://deb.debian.org/debian bookworm main
deb http://deb.debian.org/debian-security bookworm-security main'
	fi
	printf '%s\n' "$found"
}

cache=${XDG_CACHE_HOME:-$HOME/.cache}/wireguard-dkms-tests
hash=$( (cat "$0"; printf '%s\n' "$kver") | sha256sum | cut -c1-12)
out=$cache/root-$kver-$hash

mkdir -p "$cache"
exec 9>"$cache/root-$kver.lock"
flock 9

if [ -e "$out/complete" ]; then
	printf '%s\n' "$out"
	exit 0
fi

progress() { printf 'root: %s\n' "$*" >&2; }

work=$(mktemp -d "$cache/making.XXXXXX")
trap 'rm -rf "$work"' EXIT

progress "making a Debian 12 root with $kver (once; some minutes)"
sources >"$work/sources.list"
include=$(IFS=,; echo "${packages[*]}")

# INITRD=No: the boot uses its own initramfs, below, so the one of a full
# Debian need not be made.
# shellcheck disable=SC2016 # $1 is for mmdebstrap's hooks
if ! INITRD=No mmdebstrap --quiet --mode=root --variant=apt --format=tar \
	--aptopt='Apt::Install-Recommends "false"' \
	--aptopt='Acquire::Retries "3"' \
	--dpkgopt='path-exclude=/usr/share/man/*' \
	--dpkgopt='path-exclude=/usr/share/doc/*' \
	--dpkgopt='path-exclude=/usr/share/locale/*' \
	--essential-hook='mkdir -p "$1/etc/kernel/postinst.d" "$1/etc/initramfs-tools"' \
	--essential-hook='echo "do_symlinks = no" >"$1/etc/kernel-img.conf"' \
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
mkdir "$work/root"
tar -xpf "$work/root.tar" -C "$work/root" --numeric-owner
rm "$work/root.tar"
cp "$work/root/boot/vmlinuz-$kver" "$work/vmlinuz"

# The initramfs: busybox and the modules between the kernel and its root.
initrd=$work/initrd.d
mkdir -p "$initrd"/{bin,proc,sys,dev,root,lib}
cp "$(command -v busybox)" "$initrd/bin/busybox"
ldd "$initrd/bin/busybox" >/dev/null 2>&1 &&
	die "busybox is not static: apt-get install busybox-static"
moddir=$work/root/lib/modules/$kver
: >"$initrd/lib/order"
for mod in virtio_pci virtio_blk ext4 virtio_rng virtio_console; do
	modprobe -S "$kver" -d "$work/root" --show-depends "$mod" |
		awk '$1 == "insmod" { print $2 }' |
		while read -r ko; do
			name=${ko##*/}
			[ -e "$initrd/lib/$name" ] && continue
			cp "$moddir/${ko#*"$kver"/}" "$initrd/lib/$name"
			echo "$name" >>"$initrd/lib/order"
		done
done
cat >"$initrd/init" <<'INIT'
#!/bin/busybox sh
/bin/busybox mount -t devtmpfs dev /dev
/bin/busybox mount -t proc proc /proc
while read -r mod; do /bin/busybox insmod /lib/$mod; done </lib/order
n=0
until /bin/busybox mount -t ext4 -o noatime /dev/vda /root 2>/dev/null; do
	n=$((n + 1))
	[ $n -lt 200 ] || { echo "initramfs: no /dev/vda"; /bin/busybox poweroff -f; }
	/bin/busybox usleep 50000
done
init=/sbin/init
for word in $(/bin/busybox cat /proc/cmdline); do
	case $word in vminit=*) init=${word#vminit=} ;; esac
done
/bin/busybox mount -t ext4 -o ro /dev/vdb /root/mnt/in
/bin/busybox umount /proc
/bin/busybox mount --move /dev /root/dev
exec /bin/busybox switch_root /root $init
INIT
chmod +x "$initrd/init"
(cd "$initrd" && find . | cpio --quiet -o -H newc | gzip -1) >"$work/initrd"

size=$(du -sm "$work/root" | cut -f1)
mke2fs -q -t ext4 -O ^has_journal -m 0 -d "$work/root" \
	"$work/root.ext4" "$((size + size / 10 + 1024))M" >/dev/null

mkdir "$work/out"
mv "$work"/{root.ext4,vmlinuz,initrd} "$work/out/"
cp "$work/log" "$work/out/mmdebstrap.log"
echo "$kver" >"$work/out/kver"
touch "$work/out/complete"
rm -rf "$out"
mv "$work/out" "$out"
progress "root ready: $(du -m "$out/root.ext4" | cut -f1) MB in $out"
printf '%s\n' "$out"
