# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# For the scenarios about raw sends: two peers, and beyond the second one
# addresses that nobody has. What is sent to these comes out of b's interface,
# and b's stack drops it without an answer.

raw_peers() {
	two_peers
	on a wg set wg0 peer "$(pub b)" \
		allowed-ips 192.168.241.2/32,fd00:1::2/128,192.168.242.0/24,fd00:2::/64
	ip -n a route add 192.168.242.0/24 dev wg0
	ip -n a route add fd00:2::/64 dev wg0
	# shellcheck disable=SC2064 # the values of now
	trap "echo $(cat /sys/kernel/rcu_expedited) >/sys/kernel/rcu_expedited
		echo $(cat /proc/sys/net/core/netdev_max_backlog) >/proc/sys/net/core/netdev_max_backlog" EXIT
	# A packet socket waits for a grace period when it is closed, and the
	# programs close thousands.
	echo 1 >/sys/kernel/rcu_expedited
	# Thousands of small segments leave at once: none of them to be lost on the cable.
	echo 20000 >/proc/sys/net/core/netdev_max_backlog
}
