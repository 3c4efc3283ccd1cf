#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Checks that a module can be built against this kernel tree and that the kernel has what
# the module needs. Prints in one line what is missing and how to get it. The exit status
# is 77 if the kernel cannot have this module, and 1 if the tree is incomplete. 2 means that the
# shell could not run this file.
#
# usage: check-kdir.sh KDIR
set -eu

die()
{
	echo "wireguard: $*" >&2
	exit 1
}

unsupported()
{
	echo "wireguard: $*" >&2
	exit 77
}

[ $# = 1 ] || die "usage: check-kdir.sh KDIR"
kdir=$1
auto_conf=$kdir/include/config/auto.conf

if [ ! -e "$kdir" ]; then
	release=${kdir#/lib/modules/}
	release=${release%/build}
	case $release in
	*/* | "") die "KDIR=$kdir does not exist: give the build tree or the headers of a kernel" ;;
	*) die "no headers for kernel $release ($kdir does not exist):" \
		"$(sh "${0%/*}/install-command.sh" headers "$release"), or give KDIR=/lib/modules/VERSION/build" ;;
	esac
fi

if ! [ -f "$kdir/Makefile" ] || ! [ -d "$kdir/scripts" ]; then
	die "KDIR=$kdir is not a kernel tree (it has no Makefile or no scripts/):" \
		"give the build tree or the headers of a kernel, e.g. /lib/modules/VERSION/build"
fi
if ! [ -f "$auto_conf" ] || ! [ -f "$kdir/include/generated/autoconf.h" ]; then
	die "KDIR=$kdir is not configured or not prepared for modules: build the kernel there first" \
		"(make olddefconfig && make)"
fi

release=$(sed -n 's/.*UTS_RELEASE "\(.*\)"/\1/p' "$kdir/include/generated/utsrelease.h" 2> /dev/null) || :
release=${release:-in $kdir}

# The only comparison of versions: the module is not tested on older kernels, and a probe cannot
# detect that. The exception is RHEL 7.9: its 3.10 has network code of newer kernels. Its
# RHEL_RELEASE_CODE is 7 * 256 + 9.
rhel=$(sed -n 's/^#define RHEL_RELEASE_CODE //p' "$kdir/include/generated/uapi/linux/version.h" 2> /dev/null) || :
case $release/$rhel in
3.10.0*/1801) ;;
[0-3].* | 4.[0-3]/* | 4.[0-3][.-]*)
	unsupported "kernel $release is too old: this module supports kernels from 4.4 on, and RHEL 7.9's 3.10" ;;
esac

# need OPTION WORDS: fails if CONFIG_OPTION is off. WORDS say how to get a kernel that has it.
need()
{
	option=$1
	shift
	grep -q "^CONFIG_$option=[ym]" "$auto_conf" ||
		unsupported "kernel $release has no CONFIG_$option: $*"
}

# The built-in driver has registered the link kind and the netlink family at boot.
! grep -q '^CONFIG_WIREGUARD=y' "$auto_conf" ||
	unsupported "kernel $release has WireGuard built in (CONFIG_WIREGUARD=y), and no module can replace it:" \
		"use a kernel with CONFIG_WIREGUARD=m or without it"

need MODULES "it cannot load modules; use a kernel that can"
need NET "use a kernel with networking"
need INET "use a kernel with TCP/IP networking"
need NET_UDP_TUNNEL "build it with CONFIG_VXLAN=m or CONFIG_WIREGUARD=m, which select it"
need DST_CACHE "build it with CONFIG_VXLAN=m or CONFIG_WIREGUARD=m, which select it"

[ -f "$kdir/Module.symvers" ] ||
	die "KDIR=$kdir has no Module.symvers, the list of what the kernel exports:" \
		"build the kernel there first (make), modules included"

# The control probes check the compiler, because only the kernel's Makefile selects it.
