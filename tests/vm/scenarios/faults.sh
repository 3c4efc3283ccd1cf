# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Each allocation and each copy from and to user space fails once, in every call that
# configures or sends, and some of those that packets in flight ask for: nothing leaks,
# nothing breaks, and the next call works.  Not in a move to another namespace: there the
# core warns when it cannot do it.
# timeout: 1500
# kernel: kasan

# shellcheck source=/dev/null
[ -d /sys/kernel/debug/failslab ] || { tap "not ok - faults: the kernel can inject faults"; return; }

# Whatever the call may sleep for, and without a word about each: here, for a program in
# a namespace of its own finds no debugfs.
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
# What the kernel says of each failure is expected; see lib/complaints.
injected() { printf '<6>vmtest: faults %s\n' "$1" >/dev/kmsg; }
injected on
MODULE_FILE=$(modinfo -F filename wireguard) PYTHONPATH=$VM/lib PYTHONDONTWRITEBYTECODE=1 \
	on a python3 "$VM/scenarios/$SCENARIO.py"

# --- packets in flight, and what the workers ask for

ip netns del a
ip netns del b
two_peers

fault=/sys/kernel/debug/failslab
# allocations PERCENT: that many of those of packets, batches and keypairs fail, without
# end. A cache can be marked for it at boot only: tests/debug.sh has their names.
allocations() {
	grep -q 1 /sys/kernel/slab/wg_batch/failslab
	echo -1 >"$fault/times"
	echo Y >"$fault/cache-filter"
	echo "$1" >"$fault/probability"
}
sound() { echo 0 >"$fault/probability"; echo N >"$fault/cache-filter"; }
counter() { on "$1" ethtool -S wg0 | awk -v name="$2:" '$1 == name { print $2 }'; }

# What is meant to be lost is; that it comes back is the point.
lossy_traffic() { # PERCENT COMMAND...
	allocations "$1"
	shift
	on b iperf3 -s -1 -D -B 192.168.241.2 >/dev/null 2>&1 || :
	timeout 20 ip netns exec a "$@" >/dev/null 2>&1 || :
	sound
	pkill -x iperf3 || :
	wait_for 60 ping4 a 192.168.241.2 1
	wait_for 60 ping6 b fd00:1::1 1
}
check "one in a hundred fails under TCP" lossy_traffic 1 iperf3 -c 192.168.241.2 -t 10
check "one in ten under a flood of pings" lossy_traffic 10 ping -q -f -s 1300 -w 10 192.168.241.2
check "half of them" lossy_traffic 50 ping -q -f -s 3000 -w 10 192.168.241.2
check "all of them" lossy_traffic 100 ping -q -f -w 5 192.168.241.2
counted() { [ "$(($(counter a tx_no_memory) + $(counter b rx_no_memory)))" -gt 0 ]; }
check "what was lost for want of memory is counted so" counted

# A handshake that wants for something ends there; one of the next does not.
new_key() { # the sessions are gone
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
