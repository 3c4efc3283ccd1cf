#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Runs the scenario soak in a VM: hours of traffic, faults and configuration changes. Prints
# TAP, one line a minute, and ends with tables and a count. Logs stay in build/soak/.
#
# usage: [HOURS=N | MINUTES=N] [SEED=N] [CPUS=2] [KDIR=DIR BZIMAGE=FILE] tests/soak.sh
#   SEED      the seed of an earlier run, for the same events in the same order
#   KDIR      run on the kernel that was built in this tree, not on Debian's 6.1
#   BZIMAGE   that kernel's image

set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=tests/lib/steps.sh
source tests/lib/steps.sh

only_help soak "$@"
unset CHAOS_SEED
for length in "${HOURS:-1}" "${MINUTES:-1}"; do
	[[ $length =~ ^[1-9][0-9]{0,4}$ ]] ||
		{ printf 'soak: HOURS= and MINUTES= are whole numbers from 1 to 99999: %s\n' "$length" >&2; exit 1; }
done
is_seed "${SEED:-}" || { printf 'soak: the seed is not a number of up to nine digits: %s\n' "$SEED" >&2; exit 1; }
cpus=${CPUS:-2}
[[ $cpus =~ ^[1-9][0-9]{0,2}$ ]] || { printf 'soak: CPUS= is a number from 1 to 999: %s\n' "$cpus" >&2; exit 1; }
minutes=${MINUTES:-$((60 * ${HOURS:-1}))}
tree=${KDIR:-} image=${BZIMAGE:-}
[ "${tree:+x}" = "${image:+x}" ] || { printf 'soak: KDIR= and BZIMAGE= go together\n' >&2; exit 1; }
need_root soak

out=$PWD/build/soak
empty_out "$out"
step "setup"
tests/setup.sh
root_kver=$(vm_kernel)
kdir=/lib/modules/$root_kver/build vm_options=(--kernel "$root_kver")
if [ -n "$tree" ]; then
	kdir=$(realpath "$tree")
	vm_options+=(--kernel-dir "$(tests/vm/kernel.sh --tree "$kdir" "$image")")
fi
step "building the module"
make --no-print-directory module KDIR="$kdir" OUT="$out/module" >"$out/build.log" 2>&1 || {
	tail -n 15 "$out/build.log" >&2
	exit 1
}
step "the VM, for $minutes minutes plus the checks"
# A check of memory and counters follows each minute and takes up to another minute.
exec tests/vm/run.sh --module "$out/module/wireguard.ko" "${vm_options[@]}" --log "$out/vm" \
	--smp "$cpus" --limit "$((1800 + 120 * minutes))" --env "MINUTES=$minutes" --env "SEED=${SEED:-}" soak
