#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Compares speed and size of this module with the kernel's own, in one run of one VM.
# The VM's clock counts instructions: each takes one virtual nanosecond, so the
# numbers are those of a CPU with 10^9 instructions a second, however busy the
# machine is. They do not include cache misses or the width of vectors. A slower
# module is reported and is not an error.
#
# usage: [ROUNDS=N] [KO=FILE] [CRYPTO=KIND] [TIME=S] tests/bench/run.sh   (as root; or make bench)
#   ROUNDS=3     measurements with each module, in turn (about 2 minutes a round)
#   KO=FILE      compare with this wireguard.ko, not with the kernel's own
#   CRYPTO=auto  cryptography of our module: kernel, vendored, auto
#   TIME=1       seconds, by the VM's clock, of each measurement with iperf3
# Results are printed and written to build/bench/.

set -euo pipefail

die() { printf 'bench: %s\n' "$*" >&2; exit 1; }
say() { printf 'bench: %s\n' "$*" >&2; }

# shellcheck source=tests/lib/options.sh
source "$(dirname "$0")/../lib/options.sh"
only_help bench "$@"
rounds=${ROUNDS:-3} other_ko=${KO:-} seconds=${TIME:-1}
for n in "$rounds" "$seconds"; do
	[[ $n =~ ^[1-9][0-9]{0,2}$ ]] || die "ROUNDS and TIME must be numbers from 1 to 999: '$n'"
done
[ -z "$other_ko" ] || [ -f "$other_ko" ] || die "no such file: $other_ko"
[ -z "$other_ko" ] || other_ko=$(realpath "$other_ko")
[ "$(id -u)" = 0 ] || die 'needs root: the VM gets a Debian root image of its own'
cd "$(dirname "$0")/../.."
# shellcheck source=tests/lib/out.sh
source tests/lib/out.sh
out=$PWD/build/bench
take_out "$out"
tests/setup.sh >&2
qemu=$(command -v qemu-system-x86_64) || die 'qemu-system-x86_64 is missing: run tests/setup.sh'
work=$(mktemp -d "${TMPDIR:-/tmp}/wireguard-bench.XXXXXX")
# tests/vm/run.sh ends its VM when it gets the signal. Wait for it.
vm=
finish() {
	[ -z "$vm" ] || { kill "$vm" 2>/dev/null && wait "$vm"; } || true
	rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM

# The two modules, for the kernel that the VM boots.
root=$(tests/vm/root.sh)
kver=$(cat "$root/kver")
kdir=/lib/modules/$kver/build
[ -d "$kdir" ] || die "no headers of the VM's kernel: apt install linux-headers-$kver"
say "building the module for $kver"
make --no-print-directory module KDIR="$kdir" OUT="$out/module" \
	CRYPTO="${CRYPTO:-auto}" >"$out/build.log" 2>&1 ||
	die "the module does not build: $(grep -m1 "error\\|wireguard:" "$out/build.log") (build/bench/build.log)"
mkdir "$work/put"
cp tests/bench/guest.sh "$work/put/"
cp "$out/module/wireguard.ko" "$work/put/ours.ko"
if [ -n "$other_ko" ]; then
	other=other
	cp "$other_ko" "$work/put/other.ko"
else
	other=in-tree
	debugfs -R "dump /usr/lib/modules/$kver/kernel/drivers/net/wireguard/wireguard.ko \
		$work/put/in-tree.ko" "$root/root.ext4" >/dev/null 2>&1
	[ -s "$work/put/in-tree.ko" ] || die "no wireguard.ko in the image of $kver: $root"
fi
for m in ours "$other"; do
	[ "$(modinfo -F vermagic "$work/put/$m.ko" | cut -d' ' -f1)" = "$kver" ] ||
		die "${other_ko:-$m} is not built for the VM's kernel: make module KDIR=$kdir"
done
tests/bench/sizes.sh "$work/put/ours.ko" "$work/put/$other.ko" "$other" >"$out/sizes.txt"

# tests/vm/run.sh calls qemu by its name. This wrapper changes the clock: an instruction
# counter needs a single thread for the virtual CPU.
mkdir "$work/bin"
cat >"$work/bin/qemu-system-x86_64" <<WRAPPER
#!/bin/bash
args=()
for a; do args+=("\${a/#tcg,thread=multi/tcg,thread=single}"); done
exec nice $qemu "\${args[@]}" -icount shift=0,sleep=off
WRAPPER
chmod +x "$work/bin/qemu-system-x86_64"

# --deb copies any file to the VM unchanged.
tar -C "$work/put" -cf "$work/put.tar" .
command="mkdir /tmp/bench && cd /tmp/bench && tar -xf /mnt/in/pkg/put.tar &&
	bash guest.sh $rounds $seconds ours=ours.ko $other=$other.ko"
{
	date -u '+Date: %F %H:%M UTC'
	printf 'Kernel: %s, one CPU, instruction clock, %s\n' "$kver" "$("$qemu" --version | head -n1)"
	printf 'Ours: %s, crypto: %s\n' "$(modinfo -F version "$work/put/ours.ko")" "${CRYPTO:-auto}"
	printf 'Other: %s %s\n' "${other_ko:-in-tree}" "$(modinfo -F version "$work/put/$other.ko")"
} >"$out/about.txt"

say "booting the VM, $rounds rounds; this takes some $((2 + rounds * 2)) minutes"
: >"$out/raw.txt"
: >"$work/out"
unset CHAOS_SEED
# An instruction counter needs TCG. A probe for KVM would run the wrapper, fail and be remembered.
PATH=$work/bin:$PATH VM_ACCEL=tcg tests/vm/run.sh --deb "$work/put.tar" --smp 1 --log "$out/vm" \
	--limit $((600 + rounds * seconds * 600)) --exec "$command" >"$work/out" 2>&1 &
vm=$!
relay() {
	local line
	while IFS= read -r line; do
		printf '%s\n' "$line" >>"$out/raw.txt"
		case $line in
		"result "*) say "${line#result }" ;;
		"not ok "* | "bench: "*) printf '%s\n' "$line" >&2 ;;
		esac
	done
}
# The loop runs in this shell, so that a signal ends it.
relay < <(tail -n +1 -f --pid="$vm" "$work/out")
# It fails for a complaint in the kernel log, too. The number of results shows an early end.
status=0
wait "$vm" || status=$?
vm=

# table: reads raw.txt; prints medians, (least-most) and ratio.
table() {
	awk -v other="$other" -v rounds="$rounds" '
	function sorted(m, what,    i, j, t) {
		n = count[m, what]
		for (i = 1; i <= n; i++) v[i] = value[m, what, i]
		for (i = 2; i <= n; i++)
			for (j = i; j > 1 && v[j - 1] > v[j]; j--) { t = v[j]; v[j] = v[j - 1]; v[j - 1] = t }
		low = v[1]; high = v[n]
		median = n % 2 ? v[(n + 1) / 2] : (v[n / 2] + v[n / 2 + 1]) / 2
	}
	function cell(m, what) {
		sorted(m, what)
		return sprintf("%7.1f (%.1f-%.1f)", median, low, high)
	}
	function line(what, name, unit, less,    a, x, b, y, r) {
		a = cell("ours", what); x = median
		b = cell(other, what); y = median
		r = x / y
		printf "%-30s %-7s %-23s %-23s %5.2f%s\n", name, unit, a, b, r,
			(less ? r > 1.05 : r < 0.95) ? "  WORSE" : ""
		if (less ? r > 1.05 : r < 0.95)
			worse = worse sprintf("WORSE than %s by %.0f %%: %s\n", other, (less ? r - 1 : 1 - r) * 100, name)
	}
	$1 == "result" { value[$2, $4, ++count[$2, $4]] = $5 }
	END {
		printf "%-30s %-7s %-23s %-23s %s\n", "Median (least-most) of " rounds, "unit", "  ours", "  " other, "ratio"
		line("tcp1", "TCP, one stream", "Mbit/s", 0)
		line("tcp4", "TCP, four streams", "Mbit/s", 0)
		line("tcp1-reverse", "TCP, one stream, reverse", "Mbit/s", 0)
		line("udp64", "UDP of 64 bytes, received", "kpps", 0)
		line("ping", "idle ping (less is better)", "us", 1)
		print ""
		printf "%s", worse
		if (worse == "") print "Nothing is worse by more than 5 %."
	}' "$out/raw.txt"
}
wanted=$((rounds * 2 * 5))
got=$(grep -c '^result ' "$out/raw.txt" || true)
[ "$got" = "$wanted" ] || die "$got results of $wanted: build/bench/raw.txt, build/bench/vm/exec/kernel.log"
{
	cat "$out/about.txt"
	echo
	table
	echo
	cat "$out/sizes.txt"
} | tee "$out/result.txt"
say 'results are in build/bench/result.txt, single values in build/bench/raw.txt'
if grep -q '^not ok ' "$out/raw.txt"; then
	die "the kernel log has complaints, the numbers may be wrong: build/bench/vm/exec/kernel.log"
fi
[ "$status" = 0 ] || die "the measurement ended with $status: build/bench/raw.txt"
