# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# What scenarios in Python start from. The field "setup" at the head of NAME.py names one of these
# functions, and guest/one calls it before the program.

# For programs that make everything themselves.
nothing() { :; }

# For programs that are WireGuard's other side, in namespace b. lib/wire.py has the drawing.
wire_bench() {
	ns a b
	veth_pair a va 10.0.0.1/24 fd00::1/64 b vb 10.0.0.2/24 fd00::2/64
	ip -n a link add wg0 type wireguard
	ip -n a addr add 192.168.241.1/24 dev wg0
	ip -n a link set wg0 up
	chaos_tunnel a wg0
	chaos_reroute a va 1 10.0.0.1 fd00::1 10.0.0.2 fd00::2
	part_runs_in b
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

# For programs that send and receive netlink messages only: wg0 in namespace a.
one_device() {
	ns a
	ip -n a link add wg0 type wireguard
	part_runs_in a
}

# Two peers with a session, the topology of lib/scenario.sh. The program runs outside of both.
connected_peers() {
	two_peers
	ping4 a 192.168.241.2
}

# The same, for programs that send in namespace a.
connected_sender() {
	connected_peers
	part_runs_in a
}

# For NAME.host.py, which runs on the host: eth0, over which host/bench.py is the peer. The program
# in the VM obeys commands of the host.
host_bench() {
	modprobe virtio_net
	wait_for 10 ip link show eth0
	part_is "$VM/lib/host_commands.py"
}
