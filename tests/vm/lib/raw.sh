# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Makes the topology of the scenarios about raw sends: two peers, and behind the second
# peer a range of unassigned addresses. Packets to these arrive at b's interface, and b's
# stack drops them without an answer.

raw_peers() {
	two_peers
	on a wg set wg0 peer "$(pub b)" \
		allowed-ips 192.168.241.2/32,fd00:1::2/128,192.168.242.0/24,fd00:2::/64
	ip -n a route add 192.168.242.0/24 dev wg0
	ip -n a route add fd00:2::/64 dev wg0
	# shellcheck disable=SC2064 # expand the current values
	trap "echo $(cat /sys/kernel/rcu_expedited) >/sys/kernel/rcu_expedited
		echo $(cat /proc/sys/net/core/netdev_max_backlog) >/proc/sys/net/core/netdev_max_backlog" EXIT
	# Closing a packet socket waits for a grace period, and the programs close
	# thousands.
	echo 1 >/sys/kernel/rcu_expedited
	# Thousands of small segments are sent at once. The cable must not drop any.
	echo 20000 >/proc/sys/net/core/netdev_max_backlog
}
