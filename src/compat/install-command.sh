#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Prints how to install what a build lacks: the command of the distribution that os-release
# names, or a sentence if the distribution is unknown.
#
# usage: [OS_RELEASE="FILE ..."] install-command.sh headers RELEASE
#        [OS_RELEASE="FILE ..."] install-command.sh compiler NAME
#   RELEASE   of the kernel
#   NAME      of the command, such as gcc-12, aarch64-linux-gnu-gcc or clang-17
set -eu

case $#${1:-} in
2headers | 2compiler) ;;
*) sed -n 's/^# \(usage: .*\)/\1/p; s/^# \(       \[.*\)/\1/p' "$0" >&2; exit 2 ;;
esac
kind=$1 name=$2

# headers ID RELEASE: prints the command; fails if the distribution is unknown
headers()
{
	release=$2
	# Some distributions end the release with the flavour of the kernel.
	flavour=${release##*-}
	case $1 in
	debian | ubuntu)
		echo "apt install linux-headers-$release" ;;
	fedora | rhel | centos)
		# kernel-64k-debug-devel-5.14.0-427.el9.aarch64 is for 5.14.0-427.el9.aarch64+64k-debug.
		variant=
		case $release in
		*+?*) variant=${release##*+}- release=${release%+*} ;;
		esac
		case $release in
		*uek*) variant=uek-$variant ;;
		*.rt[0-9]*) variant=rt-$variant ;;
		esac
		echo "$(dnf) install kernel-${variant}devel-$release" ;;
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
		return 1 ;;
	esac
}

dnf()
{
	if ! command -v dnf > /dev/null && command -v yum > /dev/null; then echo yum; else echo dnf; fi
}

# compiler ID NAME: prints the command; fails if the distribution is unknown
compiler()
{
	tool=${2##*/}
	# The usual compiler has a second name, with the distribution's triplet of this machine.
	cpu=$(uname -m)
	case $cpu in
	ppc64le) cpu=powerpc64le ;;
	armv[678]l) tool=${tool#arm-linux-gnueabihf-} ;;
	esac
	tool=${tool#"$cpu-linux-gnu-"}
	tool=${tool#"$cpu-suse-linux-"}
	suffix=
	case $tool in
	*-[0-9] | *-[0-9][0-9]) suffix=-${tool##*-} ;;
	esac
	tool=${tool%"$suffix"}
	llvm=
	case $tool in
	clang) llvm="clang lld llvm" ;;
	esac
	case $1 in
	debian | ubuntu)
		case $tool in
		clang) echo "apt install clang$suffix lld$suffix llvm$suffix" ;;
		*-gcc) echo "apt install gcc$suffix-$(echo "${tool%-gcc}" | tr _ -)" ;;
		*) echo "apt install $tool$suffix" ;;
		esac ;;
	fedora | rhel | centos)
		case $tool in
		*-gcc) echo "$(dnf) install gcc-${tool%-gcc}" ;;
		*) echo "$(dnf) install ${llvm:-$tool}" ;;
		esac ;;
	*suse* | sles)
		case $tool in
		clang) echo "zypper install $llvm" ;;
		*-gcc) echo "zypper install $(zypper_cross "${tool%%-*}" "${suffix#-}")" ;;
		*) echo "zypper install $tool${suffix#-}" ;;
		esac ;;
	arch)
		echo "pacman -S ${llvm:-$tool}" ;;
	alpine)
		case $tool in
		*-gcc) return 1 ;;
		*) echo "apk add ${llvm:-$tool}" ;;
		esac ;;
	*)
		return 1 ;;
	esac
}

# zypper_cross CPU VERSION: prints what zypper calls gcc for the first word of a triplet. No package
# is without a version, such as cross-ppc64le-gcc14. Without one zypper finds a package by its command.
zypper_cross()
{
	cpu=$1 abi=
	case $cpu in
	powerpc*) cpu=ppc${cpu#powerpc} ;;
	arm) abi=-gnueabi ;;
	esac
	if [ -n "$2" ]; then
		echo "cross-$cpu-gcc$2"
	else
		echo "$1-suse-linux$abi-gcc"
	fi
}

# The file is a list of assignments for the shell. The first one that exists counts.
ID='' ID_LIKE=''
for file in ${OS_RELEASE:-/etc/os-release /usr/lib/os-release}; do
	[ -r "$file" ] || continue
	# shellcheck source=/dev/null
	. "$file"
	break
done

for id in $ID $ID_LIKE; do
	! "$kind" "$id" "$name" || exit 0
done
case $kind in
headers) echo "install the headers of kernel $name, from where the kernel comes" ;;
compiler) echo "install $name" ;;
esac
