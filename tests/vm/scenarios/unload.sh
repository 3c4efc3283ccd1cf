# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Loads and unloads the module: with interfaces and traffic, repeatedly, and by autoloading.
# timeout: 240
# plan: 12
# excludes: run -- it has no cable or tunnel to change

loaded() { [ -d /sys/module/wireguard ]; }
gone() { ! loaded; }
reload() { loaded || modprobe wireguard; }

unload_idle() { rmmod wireguard; gone; }
check "unload without interfaces" unload_idle
autoload_link() { ip link add wg0 type wireguard; loaded; ip link del wg0; rmmod wireguard; }
check "loaded by the link kind" autoload_link
autoload_genl() { expect_error 'No such device' wg show nosuch; loaded; }
check "loaded by the netlink family's alias" autoload_genl

two_peers
check "traffic before that" ping4 a 192.168.241.2
unload_with_interfaces() { rmmod wireguard; gone; no_link a wg0; }
check "unload removes interfaces" unload_with_interfaces

under_traffic() {
	local pid
	reload
	ip netns del a; ip netns del b
	two_peers
	ping4 a 192.168.241.2 1
	on b iperf3 -s -1 -B 192.168.241.2 >"$SCRATCH/server" 2>&1 &
	wait_for 10 listening b 5201
	on a iperf3 -c 192.168.241.2 -t 30 "$@" >"$SCRATCH/client" 2>&1 &
	pid=$!
	on a ping -f -w 20 192.168.241.2 >/dev/null 2>&1 &
	on b ping -f -w 20 fd00:1::1 >/dev/null 2>&1 &
	wait_for 15 flows
	rmmod wireguard
	gone
	no_link a wg0
	kill "$pid" 2>/dev/null || :
	ip netns pids a | xargs -r kill -KILL
	ip netns pids b | xargs -r kill -KILL
	wait || :
	# As give_up_tcp() of guest/run does later, where these namespaces no longer have a name.
	on a sysctl -eqw net.ipv4.tcp_orphan_retries=1
	on b sysctl -eqw net.ipv4.tcp_orphan_retries=1
}
flows() { [ "$(link_stat a wg0 tx_packets)" -gt 200 ]; }
check "unload under TCP load" under_traffic
check "unload under reverse TCP load" under_traffic -R
check "unload under UDP load" under_traffic -u -b 0 -l 1000
check "loads once more" modprobe wireguard

during_handshakes() {
	ip netns del a; ip netns del b
	ENDPOINTS=a two_peers
	ip -n b link set vb down
	no_ping a 192.168.241.2
	rmmod wireguard
	gone
}
check "unload while a handshake is pending" during_handshakes
cycle() { for _ in $(seq 10); do modprobe wireguard; ip link add w type wireguard; ip link set w up; rmmod wireguard; gone; done; }
check "ten loads and unloads" cycle
