#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The demonstration: builds the package, boots a Debian 12 machine in a VM,
# installs the package there as anybody would (DKMS compiles the module in the
# VM), and sends traffic through a tunnel between two namespaces, a raw packet
# among it.  Nothing on this machine changes but for packages from the archive.
#
# usage: tests/demo.sh        (make demo; as root, on Debian 12)

set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=tests/lib/steps.sh
source tests/lib/steps.sh

case ${1:-} in
-h | --help) sed -n 's/^# \(usage:.*\)/\1/p' "$0"; exit 0 ;;
esac
need_root demo

step "what is needed from Debian's archive"
tests/setup.sh
kver=$(vm_kernel)

step "building the package"
make --no-print-directory deb
deb=$(find dist -name 'wireguard-dkms_*_all.deb' -printf '%T@ %p\n' | sort -n | tail -n1 | cut -d' ' -f2-)
[ -n "$deb" ] || { echo "demo: make deb left no dist/wireguard-dkms_*_all.deb" >&2; exit 1; }
make --no-print-directory -C tests/packet OUT="$PWD/build/packet" >/dev/null

step "a Debian 12 root with kernel $kver (made once, then kept)"
tests/vm/root.sh "$kver" >/dev/null

step "booting it"
rc=0
tests/vm/run.sh --kernel "$kver" --deb "$deb" --limit 3600 --log build/vm/demo --append transparent_hugepage=always \
	--exec /mnt/in/vm/guest/demo || rc=$?
if [ "$rc" != 0 ]; then
	echo "demo: FAILED after $((SECONDS - started)) s; the VM's console: build/vm/demo/exec/kernel.log" >&2
	exit 1
fi
step "demo: ok"
