# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Namespaces for the scenarios in which a Python program is WireGuard's other side.
# lib/wire.py has the drawing.

wire_bench() {
	ns a b
	veth_pair a va 10.0.0.1/24 fd00::1/64 b vb 10.0.0.2/24 fd00::2/64
	ip -n a link add wg0 type wireguard
	ip -n a addr add 192.168.241.1/24 dev wg0
	ip -n a link set wg0 up
	chaos_tunnel a wg0
	chaos_reroute a va 1 10.0.0.1 fd00::1 10.0.0.2 fd00::2
	PYTHONPATH=$VM/lib PYTHONDONTWRITEBYTECODE=1 \
		ip netns exec b python3 "$VM/scenarios/$SCENARIO.py"
}

# The same for lib/flooding.py, with a backlog so large that only the module drops packets of
# a flood. The sysctl is global to all namespaces.
flood_bench() {
	local backlog=net.core.netdev_max_backlog
	# shellcheck disable=SC2064 # expand the current value
	trap "sysctl -qw $backlog=$(sysctl -n $backlog)" EXIT
	sysctl -qw $backlog=20000
	wire_bench
}
