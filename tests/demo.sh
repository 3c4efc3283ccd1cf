#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The demonstration: builds the package, installs it by apt in a copy of a Debian
# 12 root, where DKMS compiles the module, boots that root in a VM, and sends
# traffic and a raw packet through a tunnel between two namespaces.  DKMS compiles
# on this machine, before the kernel runs, as at each upgrade of a kernel. In an
# emulated VM the compiler would take a quarter of an hour.  On this machine only
# packages from the archive are installed.
#
# usage: tests/demo.sh        (make demo; as root, on Debian 12)

set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=tests/lib/steps.sh
source tests/lib/steps.sh
# shellcheck source=tests/lib/chroot.sh
source tests/lib/chroot.sh

only_help demo "$@"
unset CHAOS_SEED
need_root demo

out=$PWD/build/demo
empty_out "$out"
step "what is needed from Debian's archive"
tests/setup.sh
kver=$(vm_kernel)

step "building the package"
make --no-print-directory deb
deb=$(find dist -name 'wireguard-dkms_*_all.deb' -printf '%T@ %p\n' | sort -n | tail -n1 | cut -d' ' -f2-)
[ -n "$deb" ] || { echo "demo: make deb left no dist/wireguard-dkms_*_all.deb" >&2; exit 1; }
make --no-print-directory -C tests/packet OUT="$PWD/build/packet" >/dev/null

step "a Debian 12 root with kernel $kver (made once, then kept)"
root=$(tests/vm/root.sh "$kver")
tests/vm/kernel.sh --root "$root" >/dev/null

step "apt install of the package in a copy of the root; DKMS compiles the module there"
work=$(mktemp -d "${TMPDIR:-/var/tmp}/wireguard-demo.XXXXXX")
trap 'rm -rf --one-file-system "$work"' EXIT
trap 'exit 130' INT TERM
# The copy has the name of the root's folder, by which kernel.sh finds the kernel in its cache.
copy=$work/${root##*/}
mkdir "$copy" "$work/share" "$work/mnt"
cp --sparse=always "$root/root.ext4" "$root/kver" "$copy/"
touch "$copy/complete"
cp "$deb" "$work/share/"
install_package() {
	in_root "$work/mnt" "$work/share" -o loop "$copy/root.ext4" -- \
		sh -c 'cp /mnt/share/*.deb /tmp && apt-get install -y --no-install-recommends /tmp/*.deb' \
		</dev/null 2>&1 | tee "$out/apt.log" |
		{ grep --line-buffered -E '^(Unpacking|Setting up|wireguard:) ' || :; }
}
if ! install_package; then
	tail -n 30 "$out/apt.log" >&2
	echo "demo: FAILED: apt install (build/demo/apt.log)" >&2
	exit 1
fi

step "booting the copy"
rc=0
tests/vm/run.sh --root "$copy" --deb "$deb" --limit 900 --log "$out/vm" --append transparent_hugepage=always \
	--exec /mnt/in/vm/guest/demo || rc=$?
if [ "$rc" != 0 ]; then
	echo "demo: FAILED after $((SECONDS - started)) s; the VM's console: build/demo/vm/exec/kernel.log" >&2
	exit 1
fi
step "demo: ok"
