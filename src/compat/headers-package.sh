#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Prints how to install the headers of a kernel, as the distribution of os-release names
# them: a command, or for an unknown distribution a sentence.
#
# usage: [OS_RELEASE="FILE ..."] headers-package.sh RELEASE
set -eu

[ $# = 1 ] || { echo "usage: headers-package.sh RELEASE" >&2; exit 2; }
release=$1
# Some distributions end the release with the flavour of the kernel.
flavour=${release##*-}

# The file is a list of assignments for the shell. The first one that exists counts.
ID='' ID_LIKE=''
for file in ${OS_RELEASE:-/etc/os-release /usr/lib/os-release}; do
	[ -r "$file" ] || continue
	# shellcheck source=/dev/null
	. "$file"
	break
done

for id in $ID $ID_LIKE; do
	case $id in
	debian | ubuntu)
		echo "apt install linux-headers-$release" ;;
	fedora | rhel | centos)
		dnf=dnf
		command -v dnf > /dev/null || ! command -v yum > /dev/null || dnf=yum
		# kernel-64k-debug-devel-5.14.0-427.el9.aarch64 is for 5.14.0-427.el9.aarch64+64k-debug.
		variant=
		case $release in
		*+?*) variant=${release##*+}- release=${release%+*} ;;
		esac
		case $release in
		*uek*) variant=uek-$variant ;;
		*.rt[0-9]*) variant=rt-$variant ;;
		esac
		echo "$dnf install kernel-${variant}devel-$release" ;;
	*suse* | sles)
		echo "zypper install kernel-$flavour-devel" ;;
	arch)
		case $flavour in
		lts | zen | hardened) echo "pacman -S linux-$flavour-headers" ;;
		*) echo "pacman -S linux-headers" ;;
		esac ;;
	alpine)
		echo "apk add linux-$flavour-dev" ;;
	*)
		continue ;;
	esac
	exit 0
done
echo "install the headers of kernel $release, from where the kernel comes"
