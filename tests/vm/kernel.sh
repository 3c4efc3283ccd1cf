#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Prepares a kernel for the test VM and prints the folder: vmlinuz; initrd, which loads
# the modules that mounting the VM's root needs; lib/modules/RELEASE with the modules
# that a network test can need, uncompressed; kver; config; arch, Debian's name of the
# architecture; machine, the QEMU machine that the kernel runs on. The folder is in the
# tests' cache. Its name has a hash of everything that determines its content.
#
# usage: tests/vm/kernel.sh --root DIR           the kernel in a root that root.sh made
#        tests/vm/kernel.sh --tree KDIR BZIMAGE  a kernel that was built in its tree
#        tests/vm/kernel.sh [--arch ARCH] --package ID [DIR]   linux-image-* unpacked in
#            DIR; ID is its name and version; without DIR: exit 1 if it is not in the
#            cache; with ARCH, DIR also has that architecture's bin/busybox

set -euo pipefail

usage() { sed -n 's/^# \(usage:.*\)/\1/p; s/^#   \( .*\)/  \1/p' "$0"; }
die() { printf 'kernel.sh: %s\n' "$*" >&2; exit 1; }

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/lib/archive.sh
source "$here/../lib/archive.sh"
# shellcheck source=tests/vm/lib/machine.sh
source "$here/lib/machine.sh"

arch=amd64
if [ "${1:-}" = --arch ] && [ "${3:-}" = --package ]; then
	arch=$2
	shift 2
fi
case ${1:-} in
-h | --help) usage; exit 0 ;;
--root) [ $# = 2 ] || { usage >&2; exit 2; } ;;
--tree) [ $# = 3 ] || { usage >&2; exit 2; } ;;
--package) [ $# = 2 ] || [ $# = 3 ] || { usage >&2; exit 2; } ;;
*) usage >&2; exit 2 ;;
esac
from=${1#--} source=$2 more=${3:-}
read_machine "$arch" || die "tests/vm/lib/machine.sh has no machine for $arch"
for tool in cpio busybox depmod debugfs xz zstd; do
	command -v "$tool" >/dev/null || die "$tool is missing: run tests/setup.sh"
done

# --- a kernel built in its tree: KDIR may be a separate output folder

tree_release() {
	[ -s "$source/include/config/kernel.release" ] ||
		die "$source is not a built kernel tree: no include/config/kernel.release"
	cat "$source/include/config/kernel.release"
}

# Prints the modules' paths. modules.order has them as kernel/a/b.ko, a/b.ko or, since
# 5.18, a/b.o.
tree_modules() {
	[ -e "$source/modules.order" ] || return 0
	sed -E 's,^kernel/,,; s,\.k?o$,.ko,' "$source/modules.order"
}

tree_state() {
	local module
	sha256sum "$more" "$source/.config"
	tree_modules | while read -r module; do
		stat -c '%n %s %Y' "$source/$module" 2>/dev/null || :
	done
}

tree_unpack() { # DIR
	local module modules=$1/lib/modules/$kver missing=0
	mkdir -p "$1/boot" "$modules"
	cp "$more" "$1/boot/vmlinuz-$kver"
	cp "$source/.config" "$1/boot/config-$kver"
	while read -r module; do
		if [ ! -e "$source/$module" ]; then
			missing=$((missing + 1))
			continue
		fi
		mkdir -p "$modules/kernel/${module%/*}"
		# Modules in a tree contain debug info.
		objcopy --strip-debug "$source/$module" "$modules/kernel/$module"
	done < <(tree_modules)
	[ "$missing" = 0 ] ||
		printf 'kernel.sh: %d modules of %s are named in modules.order but not built\n' "$missing" "$kver" >&2
	tree_modules | sed 's,^,kernel/,' >"$modules/modules.order"
	if [ -e "$source/modules.builtin" ]; then
		sed 's,^kernel/,,; s,^,kernel/,' "$source/modules.builtin" >"$modules/modules.builtin"
	fi
	[ ! -e "$source/modules.builtin.modinfo" ] || cp "$source/modules.builtin.modinfo" "$modules/"
}

# --- the kernel in root.ext4

root_unpack() { # DIR
	local file
	mkdir -p "$1/boot" "$1/lib/modules"
	debugfs -R "rdump /usr/lib/modules/$kver $1/lib/modules" "$source/root.ext4" >/dev/null 2>&1
	for file in vmlinuz config; do
		debugfs -R "dump /boot/$file-$kver $1/boot/$file-$kver" "$source/root.ext4" >/dev/null 2>&1
	done
}

case $from in
root)
	[ -e "$source/complete" ] || die "$source is not a root that root.sh made"
	kver=$(cat "$source/kver") id="root ${source##*/}"
	;;
tree)
	kver=$(tree_release)
	[ -s "$more" ] || die "no such kernel image: $more"
	[ -e "$source/.config" ] || die "no .config in $source"
	id=$(tree_state)
	;;
package) kver=$(sed -E 's/^linux-image-([^ =]*).*/\1/' <<<"$source") id=$source ;;
esac
# Debian 12's C library needs at least 3.2.
if [ "$(printf '3.2\n%s\n' "$kver" | sort -V | head -n1)" != 3.2 ]; then
	die "$kver is older than 3.2, which the VM's userland, Debian 12, needs"
fi

hash=$( (cat "$0" "$here/lib/machine.sh"; printf '%s\n' "$arch" "$id") | sha256sum | cut -c1-12)
cache_enter "kernel-$kver" "kernel-$kver-$hash"
[ "$from" != package ] || [ -n "$more" ] || exit 1

cache_work
case $from in
root) files=$work/files; root_unpack "$files" ;;
tree) files=$work/files; tree_unpack "$files" ;;
package) files=$more ;;
esac

new=$work/out
mkdir "$new"
echo "$kver" >"$new/kver"
echo "$arch" >"$new/arch"
# Since 7.2 Debian's packages have these files in the folder of the modules. Some architectures
# have an image that is not compressed, vmlinux.
for file in vmlinuz config; do
	for candidate in "$files/boot/${file/%linuz/linux}-$kver" "$files/boot/$file-$kver" \
		"$files/usr/lib/modules/$kver/$file"; do
		[ ! -s "$candidate" ] || cp "$candidate" "$new/$file"
	done
	[ -s "$new/$file" ] || die "$kver has no $file"
done

# Without these options the VM fails without a message, or runs without output.
lacking=''
for option in MODULES BLK_DEV_INITRD DEVTMPFS VIRTIO_BLK VIRTIO_CONSOLE EXT4_FS $machine_options; do
	grep -q "^CONFIG_$option=[ym]" "$new/config" || lacking+=" CONFIG_$option"
done
[ -z "$lacking" ] || die "the VM cannot run $kver, which lacks$lacking"

# Without ACPI a kernel finds neither the interrupts of q35 nor its processors.
if [ "$machine_type" != q35 ] || grep -q '^CONFIG_ACPI=y' "$new/config"; then
	echo "$machine_type" >"$new/machine"
else
	echo pc >"$new/machine"
fi

# --- the modules that a network test can need, and their dependencies

wanted='^kernel/(arch/[^/]*/crypto|arch/[^/]*/lib|crypto|lib)/|'
wanted+='^kernel/net/(802|8021q|bridge|core|ipv4|ipv6|key|llc|mpls|netfilter|netlink|packet|sched|sctp|tls|unix|xfrm)/|'
wanted+='^kernel/drivers/net/([^/]*|bonding/.*|ipvlan/.*|vxlan/.*|wireguard/.*)$|'
wanted+='^kernel/drivers/virtio/|^kernel/drivers/block/(loop|virtio_blk)\.|'
wanted+='^kernel/drivers/char/(virtio_console|hw_random/(rng-core|virtio-rng))\.|'
wanted+='^kernel/fs/(autofs|autofs4|ext4|jbd2)/|^kernel/fs/mbcache\.'

modules=''
for base in "$files" "$files/usr"; do
	[ ! -d "$base/lib/modules/$kver" ] || modules=$base/lib/modules/$kver
done
keep=$new/lib/modules/$kver
mkdir -p "$keep/kernel"
if [ -n "$modules" ]; then
	base=${modules%/lib/modules/*}
	depmod -b "$base" "$kver" 2>"$work/depmod" ||
		die "depmod of $kver: $(head -n1 "$work/depmod")"
	# A line of modules.dep has all dependencies of a module, indirect ones included.
	awk -F'[: ]+' -v wanted="$wanted" '$1 ~ wanted { for (i = 1; i <= NF; i++) if ($i != "") print $i }' \
		"$modules/modules.dep" | sort -u >"$work/keep"
	(cd "$modules" && xargs -r cp --parents -t "$keep" <"$work/keep")
	# Old kernels lack some of these files. depmod would warn each time.
	for file in modules.order modules.builtin modules.builtin.modinfo; do
		if [ -e "$modules/$file" ]; then cp "$modules/$file" "$keep/"; else : >"$keep/$file"; fi
	done
	find "$keep" -name '*.ko.xz' -exec xz -dq {} +
	find "$keep" -name '*.ko.zst' -exec zstd -dq --rm {} +
	find "$keep" -name '*.ko.gz' -exec gunzip -q {} +
fi
depmod -b "$new" "$kver" 2>"$work/depmod" || die "depmod of $kver: $(head -n1 "$work/depmod")"

# --- the initramfs: busybox and the modules between the kernel and its root

initrd=$work/initrd.d
mkdir -p "$initrd"/{bin,proc,sys,dev,root,lib}
if [ "$arch" = amd64 ]; then
	cp "$(command -v busybox)" "$initrd/bin/busybox"
else
	cp "$files/bin/busybox" "$initrd/bin/busybox"
fi
if readelf -lW "$initrd/bin/busybox" | grep -q INTERP; then
	die "busybox is not static: apt-get install busybox-static"
fi
: >"$initrd/lib/order"
for mod in virtio_pci virtio_mmio virtio_blk ext4 virtio_rng virtio_console; do
	# For built-in code modprobe prints "builtin", or fails on old kernels.
	modprobe -S "$kver" -d "$new" --show-depends "$mod" 2>/dev/null |
		awk '$1 == "insmod" { print $2 }' |
		while read -r ko; do
			name=${ko##*/}
			[ -e "$initrd/lib/$name" ] && continue
			cp "$ko" "$initrd/lib/$name"
			echo "$name" >>"$initrd/lib/order"
		done || :
done
cat >"$initrd/init" <<'INIT'
#!/bin/busybox sh
/bin/busybox mount -t devtmpfs dev /dev
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sys /sys
while read -r mod; do /bin/busybox insmod /lib/$mod; done </lib/order
init=/sbin/init limit=30
for word in $(/bin/busybox cat /proc/cmdline); do
	case $word in
	vminit=*) init=${word#vminit=} ;;
	vmresume=*) resume=${word#vmresume=} ;;
	vmlimit=*) limit=${word#vmlimit=} ;;
	esac
done
# within_limit COMMAND...: repeats it until it succeeds. Fails after the seconds that the word vmlimit=
# of the command line names: the kernel may find the disks after the modules are loaded.
within_limit() {
	read -r end _ </proc/uptime
	end=$((${end%%.*} + limit))
	until "$@"; do
		read -r now _ </proc/uptime
		[ ${now%%.*} -lt $end ] || return 1
		/bin/busybox usleep 50000
	done
}
# Resume from a hibernation image on this disk before a file system is mounted.
if [ "$resume" ]; then
	within_limit [ -e /sys/class/block/$resume/dev ] || echo "initramfs: no disk $resume after $limit s"
	/bin/busybox cat /sys/class/block/$resume/dev >/sys/power/resume
fi
# try_disk SERIAL OPTIONS FOLDER: mounts the disk with this serial number. The order of the disks
# depends on the bus.
try_disk() {
	for disk in /sys/block/vd*; do
		[ "$(/bin/busybox cat $disk/serial 2>/dev/null)" = $1 ] || continue
		if /bin/busybox mount -t ext4 -o $2 /dev/${disk##*/} $3 2>/dev/null; then return 0; fi
	done
	return 1
}
mount_disk() {
	within_limit try_disk "$@" || { echo "initramfs: no disk $1 after $limit s"; /bin/busybox reboot -f; }
}
mount_disk root noatime /root
mount_disk in ro /root/mnt/in
# The root has the modules of one kernel only. Other kernels' modules are on the input disk.
kver=$(/bin/busybox uname -r)
if [ -d /root/mnt/in/modules ]; then
	/bin/busybox mkdir -p /root/usr/lib/modules/$kver
	/bin/busybox mount -o bind /root/mnt/in/modules/$kver /root/usr/lib/modules/$kver
fi
/bin/busybox umount /sys
/bin/busybox umount /proc
/bin/busybox mount --move /dev /root/dev
exec /bin/busybox switch_root /root $init
INIT
chmod +x "$initrd/init"
# Not compressed, since no format is supported by all kernels.
(cd "$initrd" && find . | cpio --quiet -o -H newc) >"$new/initrd"

cache_keep kernel "$new"
printf 'kernel.sh: %s ready: %s MB of modules\n' "$kver" "$(du -sm "$out/lib" | cut -f1)" >&2
printf '%s\n' "$out"
