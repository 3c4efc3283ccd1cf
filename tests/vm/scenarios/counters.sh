# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Each reason for which a packet is lost is brought about: it is counted under its name,
# adds to the field of `ip -s link` that it should, and is said in the log. What is counted
# as received.
# timeout: 120
# plan: 75
# bears not: ipv6-only -- the other side's sockets are IPv4 ones

# shellcheck source=tests/vm/lib/wire.sh
source "$VM/lib/wire.sh"
control=/sys/kernel/debug/dynamic_debug/control
mountpoint -q /sys/kernel/debug || mount -t debugfs debugfs /sys/kernel/debug || :
if [ -w $control ]; then
	# shellcheck disable=SC2064 # what it is now
	trap "sysctl -qw net.core.message_cost=$(sysctl -n net.core.message_cost)
		echo 'module wireguard -p' >$control" EXIT
	# No line is left out.
	sysctl -qw net.core.message_cost=0
	echo 'module wireguard +p' >$control
	export LINES_TOLD=1
fi
wire_bench
