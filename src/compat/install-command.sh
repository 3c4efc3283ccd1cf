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
	# The usual compiler has a second name with the prefix of its architecture.
	tool=${tool#"$(uname -m)-linux-gnu-"}
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
		*-gcc) echo "zypper install cross-${tool%%-*}-gcc${suffix#-}" ;;
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
