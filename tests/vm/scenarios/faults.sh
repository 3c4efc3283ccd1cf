# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Fails each allocation and each copy from and to user space once, in every call that configures
# or sends, and some allocations for packets in flight. Nothing leaks, nothing breaks, and the
# next call works. Moves to another namespace are left out: the core warns when one fails.
# timeout: 1500
# kernel: kasan

# shellcheck source=/dev/null
[ -d /sys/kernel/debug/failslab ] || { tap "not ok - faults: the kernel can inject faults"; return; }

# Also fail allocations that may sleep, and log none of them. The program cannot set this: it
# runs in a namespace without debugfs.
for kind in failslab fail_page_alloc fail_usercopy; do
	(
		cd "/sys/kernel/debug/$kind" || exit 1
		echo 0 >verbose
		[ ! -e ignore-gfp-wait ] || echo N >ignore-gfp-wait
		[ ! -e ignore-gfp-highmem ] || echo N >ignore-gfp-highmem
		[ ! -e min-order ] || echo 0 >min-order
	)
done

two_peers
ping4 a 192.168.241.2 1
# The kernel's warnings about failed allocations are expected; see lib/complaints.
injected() { printf '<6>vmtest: faults %s\n' "$1" >/dev/kmsg; }
injected on
MODULE_FILE=$(modinfo -F filename wireguard)
export MODULE_FILE
part_runs_in a
run_part

# --- packets in flight, and allocations of the workers

ip netns del a
ip netns del b
two_peers

fault=/sys/kernel/debug/failslab
# allocations PERCENT: this share of the allocations of packets, batches and keypairs fails,
# without end. A cache can be marked for this at boot only: tests/debug.sh has the names.
allocations() {
	grep -q 1 /sys/kernel/slab/wg_batch/failslab
	echo -1 >"$fault/times"
	echo Y >"$fault/cache-filter"
	echo "$1" >"$fault/probability"
}
sound() { echo 0 >"$fault/probability"; echo N >"$fault/cache-filter"; }
counter() { on "$1" ethtool -S wg0 | awk -v name="$2:" '$1 == name { print $2 }'; }

# Loss is expected here. The test is that traffic recovers.
lossy_traffic() { # PERCENT COMMAND...
	allocations "$1"
	shift
	on b iperf3 -s -1 -D -B 192.168.241.2 >/dev/null 2>&1 || :
	timeout $((20 * SLOW)) ip netns exec a "$@" >/dev/null 2>&1 || :
	sound
	pkill -x iperf3 || :
	wait_for 60 ping4 a 192.168.241.2 1
	wait_for 60 ping6 b fd00:1::1 1
}
check "one allocation in a hundred fails under TCP" lossy_traffic 1 iperf3 -c 192.168.241.2 -t 10
check "one in ten under a flood of pings" lossy_traffic 10 ping -q -f -s 1300 -w 10 192.168.241.2
check "half of them" lossy_traffic 50 ping -q -f -s 3000 -w 10 192.168.241.2
check "all of them" lossy_traffic 100 ping -q -f -w 5 192.168.241.2
counted() { [ "$(($(counter a tx_no_memory) + $(counter b rx_no_memory)))" -gt 0 ]; }
check "packets lost for lack of memory are counted as such" counted

# A failed allocation ends a handshake. A later one succeeds.
new_key() { # ends all sessions
	wg genkey >"$SCRATCH/new.key"
	on a wg set wg0 private-key "$SCRATCH/new.key"
	on b wg set wg0 peer "$(wg pubkey <"$SCRATCH/new.key")" preshared-key "$SCRATCH/psk" \
		allowed-ips 192.168.241.1/32,fd00:1::1/128 endpoint 10.0.0.1:1
}
scarce_handshakes() {
	local i
	for ((i = 0; i < 20; i++)); do
		new_key
		allocations 40
		on a ping -n -q -c 3 -i 0.3 -W 1 192.168.241.2 || :
		sound
	done
	new_key
	wait_for 60 ping4 a 192.168.241.2 1
}
check "handshakes while two in five fail" scarce_handshakes
injected off
