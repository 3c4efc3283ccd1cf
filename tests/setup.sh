#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Installs the packages that the tests and the demo need, from Debian's archive. Prints
# nothing if all are installed. It changes nothing else.
#
# usage: tests/setup.sh [--architectures]   (as root, on Debian 12)
#   --architectures   also what "make check-arch" needs

set -euo pipefail

die() { printf 'setup: %s\n' "$*" >&2; exit 1; }

architectures=
case ${1:-} in
-h | --help) sed -n 's/^# \(usage:.*\)/\1/p; s/^#   \([^ ].*\)/  \1/p' "$0"; exit 0 ;;
--architectures) architectures=1 ;;
'') ;;
*) die "unknown option $1" ;;
esac

packages=(
	# building the module, for the VM's kernel, and the package
	build-essential bc bison flex kmod linux-headers-cloud-amd64
	debhelper dh-dkms dkms dpkg-dev fakeroot
	# building it for kernels of other architectures
	gcc-12-aarch64-linux-gnu gcc-12-arm-linux-gnueabihf
	# the package's tests: lintian, a repository, Secure Boot
	lintian apt-utils gnupg ovmf sbsigntool openssl
	# the VM and its root
	qemu-system-x86 mmdebstrap uidmap debian-archive-keyring e2fsprogs cpio busybox-static
	binutils xz-utils zstd
	# unit tests and the programs that run in the VM
	libcmocka-dev libsodium-dev libssl-dev libpcap-dev python3
	python3-cryptography valgrind wireguard-tools lib32gcc-12-dev
	# the benchmark of the cryptography
	libb2-dev perl
	# fuzzers, and control-flow integrity in unit tests
	clang libclang-rt-14-dev lld llvm-14
	# static checks
	clang-tidy coccinelle shellcheck sparse
	# the kernel's self-test, its scripts for the static checks, and debug kernels
	linux-source-6.1 libelf-dev
)
[ -z "$architectures" ] || packages+=(
	gcc-12-mipsel-linux-gnu gcc-12-powerpc64le-linux-gnu gcc-12-riscv64-linux-gnu gcc-12-s390x-linux-gnu
	# for the programs that run in the VMs; i386 has the compiler of amd64
	libc6-dev-{arm64,armhf,ppc64el,riscv64,s390x}-cross libc6-dev-i386
	qemu-system-arm qemu-system-misc qemu-system-ppc
	# for the unit tests
	qemu-user
)

installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "${packages[@]}" 2>/dev/null || :)
missing=()
for package in "${packages[@]}"; do
	grep -qxF "installed $package" <<<"$installed" || missing+=("$package")
done
[ ${#missing[@]} != 0 ] || exit 0

command -v apt-get >/dev/null || die "no apt-get: this needs Debian 12"
[ "$(id -u)" = 0 ] || die "not root, cannot install: sudo apt-get install ${missing[*]}"

printf 'setup: installing %s\n' "${missing[*]}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
export DEBIAN_FRONTEND=noninteractive
retry='-oAcquire::Retries=3'
# Another process on this machine may hold dpkg's lock.
wait_lock='-oDPkg::Lock::Timeout=300'
if ! apt-get $retry -qq update >"$log" 2>&1; then
	tail -n 3 "$log" >&2
	die "apt-get update failed: is the Debian archive reachable from here?"
fi
if ! apt-get $retry $wait_lock -qq install --no-install-recommends -y "${missing[@]}" \
	</dev/null >"$log" 2>&1; then
	tail -n 5 "$log" >&2
	die "apt-get install failed: the packages above are needed from Debian 12's archive"
fi
