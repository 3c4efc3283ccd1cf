#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The part of the benchmark that runs in the VM, as root: loads two modules in
# turn, builds a tunnel with each and measures it. Prints one line for each value
# ("result MODULE ROUND MEASURE VALUE"). run.sh compares the values.
#
#   namespace a                             namespace b
#   iperf3 -c, ping                         iperf3 -s
#   wg0 192.168.241.1/24                    wg0 192.168.241.2/24
#    |  ......... WireGuard, UDP 1 and 2 ....|
#   va 10.0.0.1/24 -------- veth -------- vb 10.0.0.2/24

set -euo pipefail

usage() { echo 'usage: guest.sh ROUNDS SECONDS NAME=KO [NAME=KO ...]'; }
die() { printf 'bench: %s\n' "$*"; exit 1; }
[ $# -ge 3 ] || { usage >&2; exit 2; }
rounds=$1 seconds=$2
shift 2

umask 077
tmp=$(mktemp -d)
clean_up() { tear_down || true; rm -rf "$tmp"; }
trap clean_up EXIT

on() { local n=$1; shift; ip netns exec "$n" "$@"; }

# wait_for SECONDS COMMAND...: polls until the command passes.
wait_for() {
	local end=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		((SECONDS < end)) || return 1
		sleep 0.05
	done
}
up() { ip -n "$1" -o link show "$2" | grep -q LOWER_UP; }
listens() { on b ss -Hltn 'sport = :5201' | grep -q .; }

# load KO: loads the module after its dependencies, since insmod does not load them.
load() {
	local dep
	for dep in $(modinfo -F depends "$1" | tr , ' '); do
		modprobe "$dep" || die "$1 needs the module $dep, which the VM's kernel lacks"
	done
	insmod "$1" || die "$1 does not load: $(dmesg | tail -n1)"
}

set_up() {
	local n
	for n in a b; do
		ip netns add "$n"
		ip -n "$n" link set lo up
		wg genkey >"$tmp/$n.key"
		wg pubkey <"$tmp/$n.key" >"$tmp/$n.pub"
	done
	ip link add va netns a type veth peer name vb netns b
	ip -n a addr add 10.0.0.1/24 dev va
	ip -n b addr add 10.0.0.2/24 dev vb
	ip -n a link set va up
	ip -n b link set vb up
	wait_for 10 up a va || die 'the veth pair does not come up'
	for n in a b; do ip -n "$n" link add wg0 type wireguard; done
	on a wg set wg0 private-key "$tmp/a.key" listen-port 1 peer "$(cat "$tmp/b.pub")" \
		allowed-ips 192.168.241.2/32 endpoint 10.0.0.2:2
	on b wg set wg0 private-key "$tmp/b.key" listen-port 2 peer "$(cat "$tmp/a.pub")" \
		allowed-ips 192.168.241.1/32 endpoint 10.0.0.1:1
	ip -n a addr add 192.168.241.1/24 dev wg0
	ip -n b addr add 192.168.241.2/24 dev wg0
	ip -n a link set wg0 up
	ip -n b link set wg0 up
	wait_for 20 on a ping -n -q -c 1 -W 1 192.168.241.2 || die 'no answer through the tunnel'
	on b iperf3 -s >"$tmp/server.log" 2>&1 &
	server=$!
	wait_for 20 listens || die "iperf3 does not listen: $(tail -n1 "$tmp/server.log")"
}

server=
tear_down() {
	local n
	if [ -n "$server" ]; then
		kill "$server" 2>/dev/null || true
		wait "$server" 2>/dev/null || true
		server=
	fi
	# Delete wg0 first: namespaces are cleaned up asynchronously, and wg0 holds the module.
	for n in a b; do
		ip -n "$n" link del wg0 2>/dev/null || true
		ip netns del "$n" 2>/dev/null || true
	done
	[ ! -d /sys/module/wireguard ] || wait_for 20 rmmod wireguard ||
		die 'wireguard.ko does not unload'
}

# iperf SECONDS ARGUMENT...: prints the receiver's last line, which is the sum if there is one.
iperf() {
	local s=$1
	shift
	timeout -k 5 $((s + 60)) ip netns exec a iperf3 -c 192.168.241.2 -f k -t "$s" "$@" \
		>"$tmp/iperf" 2>&1 || die "iperf3 $*: $(grep -m1 error "$tmp/iperf" || tail -n1 "$tmp/iperf")"
	grep 'receiver$' "$tmp/iperf" | tail -n1
}
# "[SUM]   0.00-1.00   sec  22.9 MBytes  192105 Kbits/sec   receiver"
mbits() { awk '{ for (i = 2; i <= NF; i++) if ($i == "Kbits/sec") printf "%.1f\n", $(i - 1) / 1000 }'; }
# "[  5]   0.00-1.00   sec  1.3 MBytes  10480 Kbits/sec  0.04 ms  12/20480 (0.06%)  receiver":
# packets sent less packets lost, divided by the time.
kpps() {
	awk '{
		for (i = 2; i <= NF; i++) {
			if ($i == "sec") split($(i - 1), t, "-")
			if ($i ~ "^[0-9]+/[0-9]+$") split($i, n, "/")
		}
		printf "%.2f\n", (n[2] - n[1]) / (t[2] - t[1]) / 1000
	}'
}
# ping rounds times to a microsecond. The mean of 100 is more precise.
rtt() {
	on a ping -n -q -c 10 -i 0.01 192.168.241.2 >/dev/null
	on a ping -n -c 100 -i 0.02 192.168.241.2 |
		awk -F'time=' 'NF > 1 { split($2, t, " "); s += t[1]; n++ } END { if (!n) exit 1; printf "%.2f\n", s / n * 1000 }'
}

measure() {
	case $1 in
	tcp1) iperf "$seconds" | mbits ;;
	tcp4) iperf "$seconds" -P 4 | mbits ;;
	tcp1-reverse) iperf "$seconds" -R | mbits ;;
	udp64) iperf "$seconds" -u -l 64 -b 0 | kpps ;;
	ping) rtt ;;
	esac
}

tear_down
for ((round = 1; round <= rounds; round++)); do
	for pair in "$@"; do
		load "${pair#*=}"
		set_up
		for what in ping tcp1 tcp4 tcp1-reverse udp64; do
			value=$(measure "$what") || die "${pair%%=*}: $what: ${value:-no result}"
			[ -n "$value" ] || die "${pair%%=*}: $what: no result in the output of iperf3"
			printf 'result %s %d %s %s\n' "${pair%%=*}" "$round" "$what" "$value"
		done
		tear_down
	done
done
