# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Functions that print, for an architecture of Debian, the prefix of the cross compiler, the folder of
# libraries, the suite of the VM's root, the machine in readelf's words and the program that runs its
# programs. Sourced, never run.

# cross_of ARCHITECTURE: prints the prefix of the cross compiler; nothing for amd64, and for i386,
# for which the kernel's Makefile adds -m32
cross_of() {
	case $1 in
	arm64) echo aarch64-linux-gnu- ;;
	armhf) echo arm-linux-gnueabihf- ;;
	amd64 | i386) ;;
	ppc64el) echo powerpc64le-linux-gnu- ;;
	mipsel | riscv64 | s390x) echo "$1-linux-gnu-" ;;
	*) return 1 ;;
	esac
}

# triplet_of ARCHITECTURE: prints the name of the folder of its libraries
triplet_of() {
	case $1 in
	arm64) echo aarch64-linux-gnu ;;
	armhf) echo arm-linux-gnueabihf ;;
	i386) echo i386-linux-gnu ;;
	ppc64el) echo powerpc64le-linux-gnu ;;
	riscv64 | s390x) echo "$1-linux-gnu" ;;
	*) return 1 ;;
	esac
}

# root_suite_of ARCHITECTURE: prints the suite of the VM's root. Debian 12 has no riscv64. For mipsel
# the module is built only.
root_suite_of() {
	case $1 in
	arm64 | armhf | i386 | ppc64el | s390x) echo bookworm ;;
	riscv64) echo trixie ;;
	*) return 1 ;;
	esac
}

# read_architecture ARCHITECTURE: sets arch, suite and triplet, and lists, the package lists of
# tests/lib/archive.sh
# shellcheck disable=SC2034 # for the scripts that source this file
read_architecture() {
	arch=$1
	suite=$(root_suite_of "$arch") || die "tests/arch/architectures.sh has no $arch"
	triplet=$(triplet_of "$arch") || die "tests/arch/architectures.sh has no $arch"
	lists=$suite:$arch
}

# elf_machine_of ARCHITECTURE: prints the machine in readelf's words
elf_machine_of() {
	case $1 in
	arm64) echo AArch64 ;;
	armhf) echo ARM ;;
	i386) echo 'Intel 80386' ;;
	mipsel) echo 'MIPS R3000' ;;
	ppc64el) echo PowerPC64 ;;
	riscv64) echo RISC-V ;;
	s390x) echo 'IBM S/390' ;;
	*) return 1 ;;
	esac
}

# qemu_user_of ARCHITECTURE: prints the name of QEMU that runs its programs on this kernel
qemu_user_of() {
	case $1 in
	arm64) echo qemu-aarch64 ;;
	armhf) echo qemu-arm ;;
	ppc64el) echo qemu-ppc64le ;;
	i386 | riscv64 | s390x) echo "qemu-$1" ;;
	*) return 1 ;;
	esac
}
